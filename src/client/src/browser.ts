import { openStorage, type Storage } from './storage.js';

/** What the client uses of its surroundings. All of it may be missing, as on a server. */
export interface Browser {
  readonly locks: Pick<LockManager, 'request'> | undefined;
  readonly openChannel: (name: string) => BroadcastChannel | undefined;
  /** Rejects where there is no storage. */
  readonly openStorage: (stream: string) => Promise<Storage>;
  /** Where `online` and `offline` happen. */
  readonly window: EventTarget | undefined;
  readonly document: (EventTarget & { readonly visibilityState: string }) | undefined;
  readonly isOnLine: () => boolean;
}

/** Gives the surroundings of this script. */
export function thisBrowser(): Browser {
  const { indexedDB, window, document } = globalThis as Partial<typeof globalThis>;
  const navigator = (globalThis as { navigator?: Partial<Navigator> }).navigator;
  return {
    locks: navigator?.locks,
    openChannel: (name) => {
      try {
        return new BroadcastChannel(name);
      } catch {
        // Missing, or forbidden as in a sandboxed frame: then this tab is alone.
        return undefined;
      }
    },
    openStorage: async (stream) => {
      if (!indexedDB) throw new Error('There is no IndexedDB here.');
      return openStorage(indexedDB, stream);
    },
    window,
    document,
    // A server's JavaScript may have a navigator that knows nothing of being on line.
    isOnLine: () => navigator?.onLine !== false,
  };
}
