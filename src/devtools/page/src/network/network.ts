/** A request of this page, and the time until its response began. */
export interface RoundTrip {
  readonly number: number;
  /** Time of sending, in ms since the epoch by this browser's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly durationMs: number;
  /** `undefined` if there was no response. */
  readonly status: number | undefined;
}

/** Credentials for the API. */
export interface RequestCredentials {
  /** Returns the value of the `Authorization` header. */
  authorization(): Promise<string>;
  /** Discards credentials that the API refused. */
  forget(): void;
}

interface NetworkOptions {
  /** The caller's credentials; `undefined` if the API needs none. */
  readonly credentials?: RequestCredentials | undefined;
  /** The switch's position without a storage. */
  readonly isOn?: boolean;
}

const KEPT_ROUND_TRIPS = 100;
const UNAUTHORIZED = 401;
const SWITCH_KEY = 'roundtrip:network';
const SWITCHED_OFF = 'The network is switched off.';
const CLOSED = 'Another user has signed in.';

/**
 * The page's network: a `fetch` that can be switched off, and a record of its round trips.
 *
 * The switch simulates the device's network: all tabs share it, it survives a reload, and switching
 * it off cuts requests in flight, whether or not the server has processed them.
 */
export class Network {
  readonly #listeners = new Set<() => void>();
  readonly #storage: Storage | undefined;
  readonly #credentials: RequestCredentials | undefined;
  readonly #closed = new AbortController();
  #on: boolean;
  #roundTrips: readonly RoundTrip[] = [];
  #sent = 0;
  #actions = 0;
  #writes = 0;
  #cut = new AbortController();

  /**
   * @param storage - Keeps the switch's position; `undefined` if the browser allows no storage, so
   *   that the switch affects this tab only.
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

  /** Number of actions that were dispatched in this page. */
  readonly actions = (): number => this.#actions;

  /** Number of answered requests that sent actions. */
  readonly writes = (): number => this.#writes;

  readonly roundTrips = (): readonly RoundTrip[] => this.#roundTrips;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  countAction(): void {
    this.#actions += 1;
    this.#tell();
  }

  switch(on: boolean): void {
    this.#storage?.setItem(SWITCH_KEY, on ? 'on' : 'off');
    this.#turn(on);
  }

  /** Cuts requests in flight and refuses new ones. */
  close(): void {
    this.#closed.abort();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const at = Date.now();
    let start = performance.now();
    const record = (status?: number) => {
      const { origin, pathname } = new URL(request.url);
      const isWrite = request.method === 'POST' && pathname !== '/sockets';
      if (isWrite && status !== undefined) this.#writes += 1;
      this.#roundTrips = [
        {
          number: ++this.#sent,
          at,
          method: request.method,
          path: request.url.slice(origin.length),
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
      // The caller aborted the request: that says nothing about the network.
      if (request.signal.aborted) throw error;
      record();
      if (!cut.aborted) throw error;
      throw new TypeError(this.#closed.signal.aborted ? CLOSED : SWITCHED_OFF, { cause: error });
    }
  };

  /** Opens a WebSocket, which is closed when the network is. */
  readonly openSocket = (url: string): WebSocket => {
    const socket = new WebSocket(url);
    const cut = AbortSignal.any([this.#cut.signal, this.#closed.signal]);
    cut.addEventListener('abort', () => {
      socket.close();
    });
    return socket;
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
