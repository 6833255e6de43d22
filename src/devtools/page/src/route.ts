import { useSyncExternalStore } from 'react';
import { newStream, type Stream } from './session/stream';

/** The open stream and its view: the one made for its store, or the generic one. */
export interface Route extends Stream {
  /** Show the generic view, even if the store has its own. */
  readonly plain: boolean;
}

export const ID_PATTERN = '(?!\\.{1,2}$)[A-Za-z0-9._\\-]{1,128}';

const ID = new RegExp(`^${ID_PATTERN}$`);
const PLAIN = 'actions';

/** The address of the questions to the log; that of a stream has two parts. */
export const ASK = '#/ask';

/** Parses the address's fragment; `undefined` if the store is unknown or the id is invalid. */
export function parseRoute(hash: string, stores: readonly string[]): Route | undefined {
  const [store, id, view, ...more] = hash.replace(/^#\/?/, '').split('/');
  if (store === undefined || !stores.includes(store)) return undefined;
  if (id === undefined || !ID.test(id)) return undefined;
  if (more.length > 0 || (view !== undefined && view !== PLAIN)) return undefined;
  return { store, id, plain: view === PLAIN };
}

export const formatRoute = ({ store, id }: Stream, { plain = false } = {}): string =>
  `#/${store}/${id}${plain ? `/${PLAIN}` : ''}`;

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => {
    removeEventListener('hashchange', listener);
  };
}

/**
 * Returns the route in the address; `undefined` at `ASK`. Without a route, puts a new stream of the
 * first store there.
 */
export function useRoute(stores: readonly [string, ...string[]]): Route | undefined {
  const hash = useSyncExternalStore(subscribe, () => {
    if (location.hash !== ASK && parseRoute(location.hash, stores) === undefined) {
      history.replaceState(null, '', formatRoute(newStream(stores[0])));
    }
    return location.hash;
  });
  if (hash === ASK) return undefined;
  const route = parseRoute(hash, stores);
  if (route === undefined) throw new Error(`expected a route, received ${hash}`);
  return route;
}
