import type { Middleware, Reducer } from 'redux';
import { thisBrowser, type Browser } from './browser.js';
import { createMiddleware } from './middleware.js';
import { openStream, type OpenStream } from './openStream.js';
import { resolveOptions, type RoundtripOptions } from './options.js';
import { withSync } from './reducer.js';
import type { PendingAction, RejectedAction, Status, Synced, SyncState } from './state.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- contravariant in all but the first
type AnyReducer = Reducer<any, any, any>;

/**
 * The type of a root reducer with the sync state added.
 *
 * The type is conditional so that TypeScript does not infer the state from what `configureStore`
 * expects.
 */
export type SyncedReducer<R extends AnyReducer> =
  R extends Reducer<infer S, infer A, infer P>
    ? Reducer<S & Synced, A, P & Partial<Synced>>
    : never;

/** Keeps a Redux store in sync with one stream of a Roundtrip server. */
export interface Roundtrip {
  /** Wraps the root reducer: adds the sync state, and replays pending actions on confirmed states. */
  readonly reducer: <R extends AnyReducer>(root: R) => SyncedReducer<R>;
  /** Sends the stream's actions. Use it in one Redux store only. */
  readonly middleware: Middleware;
  /** Returns the whole sync state. */
  readonly select: (state: object) => SyncState;
  readonly selectStatus: (state: object) => Status;
  readonly selectPending: (state: object) => readonly PendingAction[];
  readonly selectRejected: (state: object) => readonly RejectedAction[];
  /**
   * Sends and fetches now, regardless of the backoff and of `navigator.onLine`. Resolves when the
   * attempt has ended, whether it succeeded or failed.
   */
  readonly flush: () => Promise<void>;
  /**
   * Stops sending in all tabs of this stream until `resume()`. Actions are kept. A reload ends the
   * pause.
   */
  readonly pause: () => void;
  /** Ends a pause. Also call it when there are new credentials. */
  readonly resume: () => void;
  /** Appends a rejected action to the queue again. An unknown id has no effect. */
  readonly retry: (id: string) => Promise<void>;
  /** Removes a rejected action. An unknown id has no effect. */
  readonly discard: (id: string) => Promise<void>;
  /** Stores unsaved actions, then releases the lock, channel, listeners and database. */
  readonly close: () => Promise<void>;
}

/**
 * Connects a Redux store with one stream of a Roundtrip server.
 *
 * @throws TypeError when an option is invalid.
 */
export function createRoundtrip(options: RoundtripOptions): Roundtrip {
  return roundtripIn(thisBrowser(), options);
}

/** Like `createRoundtrip`, in a given browser. */
export function roundtripIn(browser: Browser, options: RoundtripOptions): Roundtrip {
  const settings = resolveOptions(options);
  const { key } = settings;
  let opened: OpenStream | undefined;

  const select = (state: object): SyncState => {
    const sync = (state as Synced)[key];
    if (!sync)
      throw new Error(`The state has no "${key}": wrap the root reducer in sync.reducer().`);
    return sync;
  };
  const stream = (): OpenStream => {
    if (!opened) throw new Error('No Redux store uses sync.middleware yet: add it to one.');
    return opened;
  };
  return {
    reducer: (root) => withSync(root as never, settings) as never,
    middleware: createMiddleware(
      settings,
      (store) => {
        if (opened)
          throw new Error(
            'Another Redux store uses this sync.middleware: call createRoundtrip for each store.',
          );
        return (opened = openStream(settings, browser, store, select));
      },
      select,
    ),
    select,
    selectStatus: (state) => select(state).status,
    selectPending: (state) => select(state).pending,
    selectRejected: (state) => select(state).rejected,
    flush: async () => stream().flush(),
    pause: () => {
      stream().setPaused(true);
    },
    resume: () => {
      stream().setPaused(false);
    },
    retry: async (id) => stream().release(id, true),
    discard: async (id) => stream().release(id, false),
    close: async () => opened?.close(),
  };
}
