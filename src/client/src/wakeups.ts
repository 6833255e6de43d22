import type { Browser } from './browser.js';

/** Listens, until the signal, to what makes it worth while to try again, and to the loss of the network. */
export function listen(
  { window, document }: Browser,
  signal: AbortSignal,
  onWake: () => void,
  onOffline: () => void,
): void {
  window?.addEventListener('online', onWake, { signal });
  window?.addEventListener('offline', onOffline, { signal });
  document?.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') onWake();
    },
    { signal },
  );
}
