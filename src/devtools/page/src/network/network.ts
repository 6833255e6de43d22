/** A request of this page, from when it was sent to when its answer began. */
export interface RoundTrip {
  readonly number: number;
  /** Milliseconds since the epoch, by this browser's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly durationMs: number;
  /** `undefined`: there was no answer. */
  readonly status: number | undefined;
}

/** What lets requests in. */
export interface RequestCredentials {
  /** The value of the `Authorization` header. */
  authorization(): Promise<string>;
  /** The API did not take it. */
  forget(): void;
}

interface NetworkOptions {
  /** Whose requests these are; `undefined`: nobody asks. */
  readonly credentials?: RequestCredentials | undefined;
  /** Where the switch stands if no storage says so. */
  readonly isOn?: boolean;
}

const KEPT_ROUND_TRIPS = 100;
const UNAUTHORIZED = 401;
const SWITCH_KEY = 'roundtrip:network';
const SWITCHED_OFF = 'The network is switched off.';
const CLOSED = 'Another user has taken the place of the one who asked.';

/**
 * The page's network: a `fetch` that can be switched off, and a record of its round trips.
 *
 * The switch stands for the device's network. So all tabs share it, it outlives a reload, and
 * requests under way when it is switched off get no answer, whatever the server does with them.
 */
export class Network {
  readonly #listeners = new Set<() => void>();
  readonly #storage: Storage | undefined;
  readonly #credentials: RequestCredentials | undefined;
  readonly #closed = new AbortController();
  #on: boolean;
  #roundTrips: readonly RoundTrip[] = [];
  #sent = 0;
  #cut = new AbortController();

  /**
   * @param storage - Where the switch is kept; `undefined` where the browser allows no storage:
   *   then it is this tab's own.
   */
  constructor(storage: Storage | undefined, { credentials, isOn = true }: NetworkOptions = {}) {
    this.#storage = storage;
    this.#credentials = credentials;
    this.#on = storage === undefined ? isOn : storage.getItem(SWITCH_KEY) !== 'off';
    addEventListener(
      'storage',
      (event) => {
        if (event.key === SWITCH_KEY) this.#turn(event.newValue !== 'off');
      },
      { signal: this.#closed.signal },
    );
  }

  readonly isOn = (): boolean => this.#on;

  readonly roundTrips = (): readonly RoundTrip[] => this.#roundTrips;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  switch(on: boolean): void {
    this.#storage?.setItem(SWITCH_KEY, on ? 'on' : 'off');
    this.#turn(on);
  }

  /** Ends it: what is under way gets no answer, and nothing more is sent. */
  close(): void {
    this.#closed.abort();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const at = Date.now();
    let start = performance.now();
    const record = (status?: number) => {
      this.#roundTrips = [
        {
          number: ++this.#sent,
          at,
          method: request.method,
          path: request.url.slice(new URL(request.url).origin.length),
          durationMs: performance.now() - start,
          status,
        },
        ...this.#roundTrips.slice(0, KEPT_ROUND_TRIPS - 1),
      ];
      this.#tell();
    };
    const cut = AbortSignal.any([this.#cut.signal, this.#closed.signal]);
    try {
      if (this.#closed.signal.aborted) throw new TypeError(CLOSED);
      if (!this.#on) throw new TypeError(SWITCHED_OFF);
      if (this.#credentials) {
        request.headers.set('authorization', await this.#credentials.authorization());
        start = performance.now();
      }
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, cut]) });
      if (response.status === UNAUTHORIZED) this.#credentials?.forget();
      record(response.status);
      return response;
    } catch (error) {
      // A read that was given up for a newer one says nothing about the network.
      if (request.signal.aborted) throw error;
      record();
      if (!cut.aborted) throw error;
      throw new TypeError(this.#closed.signal.aborted ? CLOSED : SWITCHED_OFF, { cause: error });
    }
  };

  #turn(on: boolean): void {
    this.#on = on;
    if (!on) {
      this.#cut.abort();
      this.#cut = new AbortController();
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
