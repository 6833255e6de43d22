import { Network } from '../network/network';
import { Credentials } from './credentials';
import type { User } from './users';

/** The current user, and the network that sends as this user. */
export interface Caller {
  /** `undefined` if the API needs no credentials. */
  readonly user: User | undefined;
  readonly credentials: Credentials | undefined;
  readonly network: Network;
}

/** The browser's storages; `undefined` if it allows none. */
export interface Storages {
  /** Shared by all tabs. */
  readonly local: Storage | undefined;
  /** For this tab only. */
  readonly session: Storage | undefined;
}

const USER_KEY = 'roundtrip:user';

/**
 * The user of this tab.
 *
 * Each user has a separate network, which is closed when another user is chosen: no request of one
 * user is sent as another, and no response is shown to another.
 */
export class SignIn {
  readonly users: readonly User[];
  readonly #storages: Storages;
  readonly #listeners = new Set<() => void>();
  #caller: Caller;

  /** @param users - The available users. Starts with the one chosen before a reload, else the first. */
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

  /** Switches to another user. */
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
