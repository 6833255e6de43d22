import type { Network } from '../network/network';
import { readStateAt } from '../network/reads';
import type { Stream } from '../session/stream';
import type { Json } from '../json';

const KEPT = 200;
/** A browser's limit of parallel requests to one server. */
const AT_ONCE = 6;

/** A cache of a stream's states by version; the state at a version never changes. */
export class PastStates {
  readonly #network: Network;
  readonly #stream: Stream;
  readonly #known = new Map<number, Json>();
  #newest = 0;

  constructor(network: Network, stream: Stream) {
    this.#network = network;
    this.#stream = stream;
  }

  /** Returns a cached state. The state at version 0 is empty. */
  known(version: number): Json | undefined {
    return version === 0 ? {} : this.#known.get(version);
  }

  async read(version: number, signal: AbortSignal): Promise<Json> {
    const known = this.known(version);
    if (known !== undefined) return known;
    const state = await readStateAt(this.#network, this.#stream, version, signal);
    this.#remember(version, state);
    return state;
  }

  /** Reads the states from version 0 up to a version, a few at a time. */
  async upTo(version: number, signal: AbortSignal): Promise<readonly Json[]> {
    const states: Json[] = [];
    for (let first = 0; first <= version; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, version + 1 - first) }, (_, index) =>
        this.read(first + index, signal),
      );
      states.push(...(await Promise.all(some)));
    }
    return states;
  }

  /** Adds the newest state. */
  follow(version: number, state: Json): void {
    // A lower version than before means that the server was reset.
    if (version < this.#newest) this.#known.clear();
    this.#newest = version;
    this.#remember(version, state);
  }

  #remember(version: number, state: Json): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size >= KEPT && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(version, state);
  }
}
