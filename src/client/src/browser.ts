import { openDatabase, type Database } from './storage.js';

/** What the client uses of the browser. Any part may be missing, as in Node. */
export interface Browser {
  readonly locks: Pick<LockManager, 'request'> | undefined;
  readonly openChannel: (name: string) => BroadcastChannel | undefined;
  readonly openDatabase: (name: string, user: string) => Database;
  /** Fires `online` and `offline`. */
  readonly window: EventTarget | undefined;
  readonly document: (EventTarget & { readonly visibilityState: string }) | undefined;
  readonly isOnLine: () => boolean;
}

/** Returns the browser that this script runs in. */
export function thisBrowser(): Browser {
  const { indexedDB, window, document } = globalThis as Partial<typeof globalThis>;
  const navigator = (globalThis as { navigator?: Partial<Navigator> }).navigator;
  return {
    locks: navigator?.locks,
    openChannel: (name) => {
      try {
        return new BroadcastChannel(name);
      } catch {
        // Missing, or forbidden as in a sandboxed frame: this tab works alone.
        return undefined;
      }
    },
    openDatabase: (name, user) => openDatabase(indexedDB, name, user),
    window,
    document,
    // Node has a navigator without onLine.
    isOnLine: () => navigator?.onLine !== false,
  };
}

/**
 * Listens to the browser until `signal` is aborted.
 *
 * @param onWake - Called when a retry is worthwhile: the network is back or the page is visible.
 * @param onHidden - Called when the page is hidden, after which it may end.
 * @param onOffline - Called when the network is lost.
 */
export function listen(
  { window, document }: Browser,
  signal: AbortSignal,
  onWake: () => void,
  onHidden: () => void,
  onOffline: () => void,
): void {
  window?.addEventListener('online', onWake, { signal });
  window?.addEventListener('offline', onOffline, { signal });
  document?.addEventListener(
    'visibilitychange',
    () => {
      (document.visibilityState === 'visible' ? onWake : onHidden)();
    },
    { signal },
  );
}
