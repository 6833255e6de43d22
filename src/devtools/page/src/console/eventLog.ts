import type { Network } from '../network/network';
import { EVENT_PAGE_LIMIT, readEvents, type StreamEvent } from '../network/reads';
import { failureText } from '../network/useRead';
import type { Stream } from '../session/stream';

export interface EventLogState {
  /** Oldest first and without gaps, up to the newest event. */
  readonly events: readonly StreamEvent[];
  /** Why the last read failed; empty if it succeeded. */
  readonly failure: string;
}

const PAGE = 100;
const EMPTY: EventLogState = { events: [], failure: '' };

/** The part of a stream's history that has been read. Reads run one after another. */
export class EventLog {
  readonly #network: Network;
  readonly #stream: Stream;
  readonly #listeners = new Set<() => void>();
  #state = EMPTY;
  #reading: Promise<void> = Promise.resolve();

  constructor(network: Network, stream: Stream) {
    this.#network = network;
    this.#stream = stream;
  }

  readonly state = (): EventLogState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads new events, up to the stream's current version. */
  catchUp(version: number): Promise<void> {
    return this.#afterOthers(async () => {
      // A lower version than before means that the server was reset.
      const isKnown = this.#last > 0 && this.#last <= version;
      const kept = isKnown ? this.#state.events : [];
      const after = isKnown ? this.#last : Math.max(0, version - PAGE);
      const fresh = version > after ? await this.#read(after, Infinity) : [];
      this.#set({ events: [...kept, ...fresh], failure: '' });
    });
  }

  /** Reads a page of older events. */
  earlier(): Promise<void> {
    return this.#afterOthers(async () => {
      const first = this.#state.events[0]?.version ?? 1;
      if (first === 1) return;
      const after = Math.max(0, first - 1 - PAGE);
      const older = await this.#read(after, first);
      this.#set({ events: [...older, ...this.#state.events], failure: '' });
    });
  }

  /** Reads the whole history again. */
  all(): Promise<readonly StreamEvent[]> {
    return this.#read(0, Infinity);
  }

  get #last(): number {
    return this.#state.events.at(-1)?.version ?? 0;
  }

  async #read(after: number, before: number): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    let next: number | null = after;
    while (next !== null && next + 1 < before) {
      const limit = Math.min(EVENT_PAGE_LIMIT, before - next - 1);
      const page = await readEvents(this.#network, this.#stream, { after: next, limit });
      events.push(...page.events);
      next = page.next;
    }
    return events;
  }

  #afterOthers(read: () => Promise<void>): Promise<void> {
    this.#reading = this.#reading.then(read).catch((error: unknown) => {
      this.#set({ ...this.#state, failure: failureText(error) });
    });
    return this.#reading;
  }

  #set(state: EventLogState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
