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

const KEPT_ROUND_TRIPS = 100;
const SWITCH_KEY = 'roundtrip:network';
const SWITCHED_OFF = 'The network is switched off.';

/**
 * The page's network: a `fetch` that can be switched off, and a record of its round trips.
 *
 * The switch stands for the device's network. So all tabs share it, it outlives a reload, and
 * requests under way when it is switched off get no answer, whatever the server does with them.
 */
export class Network {
  readonly #listeners = new Set<() => void>();
  readonly #storage: Storage | undefined;
  #on: boolean;
  #roundTrips: readonly RoundTrip[] = [];
  #sent = 0;
  #cut = new AbortController();

  /**
   * @param storage - Where the switch is kept; `undefined` where the browser allows no storage:
   *   then it is this tab's own.
   */
  constructor(storage: Storage | undefined) {
    this.#storage = storage;
    this.#on = storage?.getItem(SWITCH_KEY) !== 'off';
    addEventListener('storage', (event) => {
      if (event.key === SWITCH_KEY) this.#turn(event.newValue !== 'off');
    });
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

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const at = Date.now();
    const start = performance.now();
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
    const cut = this.#cut.signal;
    try {
      if (!this.#on) throw new TypeError(SWITCHED_OFF);
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, cut]) });
      record(response.status);
      return response;
    } catch (error) {
      // A read that was given up for a newer one says nothing about the network.
      if (request.signal.aborted) throw error;
      record();
      throw cut.aborted ? new TypeError(SWITCHED_OFF, { cause: error }) : error;
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
