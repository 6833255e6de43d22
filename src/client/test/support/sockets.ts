/** The WebSockets of the model server: tickets, followers, and what may happen to a message. */

import type { ModelServer } from './server.js';

export interface Event {
  readonly type: string;
  readonly payload?: unknown;
  readonly version: number;
}

/** What happens to a message, in either direction. */
export type Fate = 'lost' | 'late' | 'twice' | 'dies before' | 'dies after';
export const FATES: readonly Fate[] = ['lost', 'late', 'twice', 'dies before', 'dies after'];

interface Named {
  readonly store: string;
  readonly id: string;
}

type Message = { readonly type: string } & Record<string, unknown>;

const TICKET_MS = 60_000;

export class Sockets {
  /** The server pushes. */
  isOn = true;
  /** How long a connection may last. */
  lifeMs = 7_200_000;
  /** The most followers of a stream. */
  mostFollowers = 500;
  /** Pokes have the events. */
  hasEvents = true;
  readonly open = new Set<TestSocket>();
  /** The messages that arrived at the server. */
  readonly heard: string[] = [];
  /** The fates of the next messages, one each; afterwards all arrive. */
  readonly fates: Fate[] = [];
  /** The number of tickets given. */
  tickets = 0;
  readonly #valid = new Map<string, number>();
  #late: (() => void)[] = [];

  constructor(readonly server: ModelServer) {}

  issue(): object {
    const ticket = `t${(this.tickets += 1)}`;
    const nowMs = Date.now() + this.server.aheadMs;
    this.#valid.set(ticket, nowMs + TICKET_MS);
    const at = (ms: number): string => new Date(nowMs + ms).toISOString();
    return { url: 'ws://server', ticket, expiresAt: at(TICKET_MS), endsAt: at(this.lifeMs) };
  }

  /** Opens a connection, as `new WebSocket(url)` does. */
  readonly connect = (url: string): WebSocket => {
    const ticket = new URL(url).searchParams.get('ticket') ?? '';
    const socket = new TestSocket(this);
    const untilMs = this.#valid.get(ticket) ?? 0;
    this.#valid.delete(ticket);
    this.#pass(socket, false, () => {
      if (untilMs > Date.now() + this.server.aheadMs) socket.begin();
      else socket.end();
    });
    return socket as unknown as WebSocket;
  };

  /** Tells the followers of a stream that it has moved on. */
  poke(id: string, events: readonly Event[]): void {
    const version = events.at(-1)?.version ?? 0;
    const told = this.hasEvents ? { since: version - events.length, events } : {};
    for (const socket of this.open) {
      if (!socket.follows.has(`notebook/${id}`)) continue;
      this.say(socket, { type: 'poke', store: 'notebook', id, version, ...told });
    }
  }

  say(socket: TestSocket, message: Message): void {
    const data = JSON.stringify(message);
    this.#pass(socket, message.type === 'poke', () => {
      socket.receive(data);
    });
  }

  /** Takes a message of a client. */
  take(socket: TestSocket, text: string): void {
    this.#pass(socket, false, () => {
      this.heard.push(text);
      const { type, streams = [] } = JSON.parse(text) as { type: string; streams?: Named[] };
      this.say(socket, this.#answer(socket, type, streams));
    });
  }

  #answer(socket: TestSocket, type: string, streams: readonly Named[]): Message {
    const named = streams.map(({ store, id }) => {
      const name = `${store}/${id}`;
      if (type === 'unfollow') socket.follows.delete(name);
      else if (this.#count(name) < this.mostFollowers) socket.follows.add(name);
      else return { store, id, refused: 'too-many-followers' };
      return { store, id, version: this.server.streams.get(id)?.version ?? 0 };
    });
    return { type: type === 'follow' ? 'following' : 'unfollowed', streams: named };
  }

  #count(name: string): number {
    return [...this.open].filter(({ follows }) => follows.has(name)).length;
  }

  /** Delivers what is late, the latest first. */
  deliver(): void {
    const late = this.#late.reverse();
    this.#late = [];
    for (const arrive of late) arrive();
  }

  #pass(socket: TestSocket, mayDouble: boolean, arrive: () => void): void {
    const fate = this.fates.shift();
    const soon = (work: () => void): void => {
      setImmediate(() => {
        if (!socket.isEnded) work();
      });
    };
    if (fate === 'lost') return;
    if (fate === 'late') {
      this.#late.push(() => {
        soon(arrive);
      });
      return;
    }
    if (fate === 'dies before') {
      soon(socket.end);
      return;
    }
    soon(arrive);
    if (fate === 'twice' && mayDouble) soon(arrive);
    if (fate === 'dies after') soon(socket.end);
  }
}

/** Both ends of a connection. */
export class TestSocket {
  readonly follows = new Set<string>();
  isEnded = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  /** What has arrived while the page is stalled. */
  #late: (() => void)[] | undefined;

  constructor(readonly sockets: Sockets) {}

  /** Holds back what arrives until the returned function is called. */
  readonly stall = (): (() => void) => {
    const late: (() => void)[] = [];
    this.#late = late;
    return () => {
      this.#late = undefined;
      for (const arrive of late) arrive();
    };
  };

  #arrive(work: () => void): void {
    if (this.#late) this.#late.push(work);
    else work();
  }

  begin(): void {
    this.sockets.open.add(this);
    this.#arrive(() => this.onopen?.());
  }

  /** Ends the connection, which the client learns later. */
  readonly end = (): void => {
    if (this.isEnded) return;
    this.close();
    setImmediate(() => {
      this.#arrive(() => this.onclose?.());
    });
  };

  receive(data: string): void {
    this.#arrive(() => this.onmessage?.({ data }));
  }

  send(text: string): void {
    this.sockets.take(this, text);
  }

  close(): void {
    this.isEnded = true;
    this.sockets.open.delete(this);
  }
}
