import { useSyncExternalStore } from 'react';
import { APPS, type AppName, type Stream } from './stores/apps';

const ID = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;

/** Reads the address's fragment; what it does not know, or an id that is none, is `undefined`. */
export function parseRoute(hash: string): Stream | undefined {
  const [app, id, ...more] = hash.replace(/^#\/?/, '').split('/');
  if (app === undefined || !Object.hasOwn(APPS, app) || more.length > 0) return undefined;
  return id !== undefined && ID.test(id) ? { app: app as AppName, id } : undefined;
}

export const formatRoute = ({ app, id }: Stream): string => `#/${app}/${id}`;

/** A stream that nobody has written to. */
export function newStream(app: AppName): Stream {
  return { app, id: `${APPS[app].idPrefix}-${crypto.randomUUID().slice(0, 8)}` };
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => {
    removeEventListener('hashchange', listener);
  };
}

/** The stream in the address. Where there is none, a new order is put there. */
export function useRoute(): Stream {
  const hash = useSyncExternalStore(subscribe, () => {
    if (parseRoute(location.hash) === undefined) {
      history.replaceState(null, '', formatRoute(newStream('sales-orders')));
    }
    return location.hash;
  });
  const route = parseRoute(hash);
  if (route === undefined) throw new Error(`expected a route, received ${hash}`);
  return route;
}
