import type { Middleware, Reducer } from 'redux';
import { thisBrowser, type Browser } from './browser.js';
import { createMiddleware } from './middleware.js';
import { settle, type RoundtripOptions } from './options.js';
import { withSync } from './reducer.js';
import { openSession, type Session } from './session.js';
import type { PendingAction, RejectedAction, Status, Synced, SyncState } from './state.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- it is contravariant in all but the first
type AnyReducer = Reducer<any, any, any>;

/**
 * The reducer with the sync state added.
 *
 * It is conditional so that what `configureStore` expects is not taken for the type of the state.
 */
export type SyncedReducer<R extends AnyReducer> =
  R extends Reducer<infer S, infer A, infer P>
    ? Reducer<S & Synced, A, P & Partial<Synced>>
    : never;

/** One stream of a Roundtrip server, kept in step with a Redux store. */
export interface Roundtrip {
  /** Wraps the root reducer: adds the sync state, and replays what is pending on what the server confirms. */
  readonly reducer: <R extends AnyReducer>(root: R) => SyncedReducer<R>;
  /** Sends the stream's actions. One Redux store for each `createRoundtrip`. */
  readonly middleware: Middleware;
  /** Gives the whole sync state. */
  readonly select: (state: object) => SyncState;
  readonly selectStatus: (state: object) => Status;
  readonly selectPending: (state: object) => readonly PendingAction[];
  readonly selectRejected: (state: object) => readonly RejectedAction[];
  /** Tries now, whatever the backoff or `navigator.onLine` say. Resolves when that try has ended, well or not. */
  readonly flush: () => Promise<void>;
  /** Sends nothing until `resume()`, in any tab of this stream. Actions are kept. Not remembered over a reload. */
  readonly pause: () => void;
  /** Ends a pause; also says that there are new credentials. */
  readonly resume: () => void;
  /** Queues a rejected action again, at the end. An unknown id changes nothing. */
  readonly retry: (id: string) => Promise<void>;
  /** Acknowledges a rejected action: it is forgotten. An unknown id changes nothing. */
  readonly discard: (id: string) => Promise<void>;
  /** Stores what is not stored yet and lets go of lock, channel, listeners and database. */
  readonly close: () => Promise<void>;
}

/**
 * Connects a Redux store with one stream of a Roundtrip server.
 *
 * @throws TypeError when an option cannot be right.
 */
export function createRoundtrip(options: RoundtripOptions): Roundtrip {
  return roundtripIn(thisBrowser(), options);
}

/** The same in given surroundings. */
export function roundtripIn(browser: Browser, options: RoundtripOptions): Roundtrip {
  const settings = settle(options);
  const { key } = settings;
  let opened: Session | undefined;

  const select = (state: object): SyncState => {
    const sync = (state as Synced)[key];
    if (!sync)
      throw new Error(`The state has no "${key}": wrap the root reducer in sync.reducer().`);
    return sync;
  };
  const session = (): Session => {
    if (!opened) throw new Error('There is no store yet: add sync.middleware to one.');
    return opened;
  };
  return {
    reducer: (root) => withSync(root as never, settings) as never,
    middleware: createMiddleware(
      settings,
      (store) => {
        if (opened)
          throw new Error('sync.middleware is in a store already: one createRoundtrip for each.');
        return (opened = openSession(settings, browser, store, select));
      },
      select,
    ),
    select,
    selectStatus: (state) => select(state).status,
    selectPending: (state) => select(state).pending,
    selectRejected: (state) => select(state).rejected,
    flush: async () => session().flush(),
    pause: () => {
      session().setPaused(true);
    },
    resume: () => {
      session().setPaused(false);
    },
    retry: async (id) => session().release(id, true),
    discard: async (id) => session().release(id, false),
    close: async () => opened?.close(),
  };
}
