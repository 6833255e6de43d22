import type { Network } from '../network/network';
import { readStateAt } from '../network/reads';
import type { Stream } from '../stores/apps';
import type { Json } from '../stores/json';

const KEPT = 200;

/** The states of a stream at its versions. What was read once is kept: the past does not change. */
export class PastStates {
  readonly #network: Network;
  readonly #stream: Stream;
  readonly #known = new Map<number, Json>();
  #newest = 0;

  constructor(network: Network, stream: Stream) {
    this.#network = network;
    this.#stream = stream;
  }

  /** Before the first version there is nothing. */
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

  /** Takes the newest state. */
  follow(version: number, state: Json): void {
    // A lower version than before means another server, or its data forgotten: another past.
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
