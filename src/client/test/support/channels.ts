/** BroadcastChannels of one browser. Messages arrive later, as copies, unless their tab is closed. */
export class Channels {
  readonly #open = new Set<Channel>();

  open = (name: string): TestChannel => {
    const channel = new Channel(
      name,
      (message) => {
        const copy: unknown = structuredClone(message);
        for (const other of this.#open) {
          if (other === channel || other.name !== name) continue;
          setImmediate(() => {
            if (this.#open.has(other)) other.receive({ data: copy } as MessageEvent);
          });
        }
      },
      () => this.#open.delete(channel),
    );
    this.#open.add(channel);
    return channel as unknown as TestChannel;
  };
}

export type TestChannel = BroadcastChannel & Pick<Channel, 'kill' | 'stall'>;

class Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;
  /** What has arrived while the tab is stalled. */
  #late: MessageEvent[] | undefined;

  constructor(
    readonly name: string,
    readonly send: (message: unknown) => void,
    readonly close: () => void,
  ) {}

  postMessage(message: unknown): void {
    this.send(message);
  }

  receive(event: MessageEvent): void {
    if (this.#late) this.#late.push(event);
    else this.onmessage?.(event);
  }

  /** Holds messages back until the returned function is called. */
  stall = (): (() => void) => {
    const late: MessageEvent[] = [];
    this.#late = late;
    return () => {
      this.#late = undefined;
      for (const event of late) this.onmessage?.(event);
    };
  };

  kill(): void {
    this.close();
    this.postMessage = () => undefined;
  }
}
