import { Network } from '../network/network';
import { Credentials } from './credentials';
import type { User } from './session';

/** Who uses the page, and the network that sends as them. */
export interface Caller {
  /** `undefined`: the API asks nobody who they are. */
  readonly user: User | undefined;
  readonly credentials: Credentials | undefined;
  readonly network: Network;
}

/** The storages of the browser; `undefined` where it allows none. */
export interface Storages {
  /** Shared by the tabs. */
  readonly local: Storage | undefined;
  /** This tab's own. */
  readonly session: Storage | undefined;
}

const USER_KEY = 'roundtrip:user';

/**
 * The user of this tab. Each has a network of their own, which ends when another takes their place:
 * what was asked for one is neither sent as the other nor shown to them.
 */
export class SignIn {
  readonly users: readonly User[];
  readonly #storages: Storages;
  readonly #listeners = new Set<() => void>();
  #caller: Caller;

  /** @param users - Whom to choose from; the one of before a reload, else the first, is chosen. */
  constructor(users: readonly User[], storages: Storages) {
    this.users = users;
    this.#storages = storages;
    const before = storages.session?.getItem(USER_KEY);
    this.#caller = this.#enter(users.find(({ name }) => name === before) ?? users[0], true);
  }

  readonly caller = (): Caller => this.#caller;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Puts another user in the place of the one there is. */
  choose(name: string): void {
    const user = this.users.find((one) => one.name === name);
    if (user === undefined || user === this.#caller.user) return;
    const { network } = this.#caller;
    network.close();
    this.#storages.session?.setItem(USER_KEY, name);
    this.#caller = this.#enter(user, network.isOn());
    for (const listener of this.#listeners) listener();
  }

  #enter(user: User | undefined, isOn: boolean): Caller {
    const credentials = user && new Credentials(user);
    return { user, credentials, network: new Network(this.#storages.local, { credentials, isOn }) };
  }
}
