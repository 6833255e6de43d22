/** BroadcastChannels of one browser. Messages arrive later, as copies, unless their tab is closed. */
export class Channels {
  readonly #open = new Set<Channel>();

  open = (name: string): BroadcastChannel & { kill: () => void } => {
    const channel = new Channel(
      name,
      (message) => {
        const copy: unknown = structuredClone(message);
        for (const other of this.#open) {
          if (other === channel || other.name !== name) continue;
          setImmediate(() => {
            if (this.#open.has(other)) other.onmessage?.({ data: copy } as MessageEvent);
          });
        }
      },
      () => this.#open.delete(channel),
    );
    this.#open.add(channel);
    return channel as unknown as BroadcastChannel & { kill: () => void };
  };
}

class Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(
    readonly name: string,
    readonly send: (message: unknown) => void,
    readonly close: () => void,
  ) {}

  postMessage(message: unknown): void {
    this.send(message);
  }

  kill(): void {
    this.close();
    this.postMessage = () => undefined;
  }
}
