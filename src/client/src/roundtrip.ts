import type { Action, Middleware, Reducer } from 'redux';
import { stamped, stampOf } from './actions.js';
import { thisBrowser, type Browser } from './browser.js';
import { createMiddleware } from './middleware.js';
import { resolveOptions, type OpenOptions, type RoundtripOptions } from './options.js';
import { withSync, type Start } from './reducer.js';
import {
  INITIAL,
  type Outcome,
  type PendingAction,
  type RejectedAction,
  type RoundtripState,
  type Status,
  type Synced,
  type SyncState,
} from './state.js';
import { worst } from './status.js';
import { createStreams, type Streams } from './streams.js';
import { share } from './structuralSharing.js';

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

/** An entry of a list of all streams. */
export type OfStream<Entry> = Entry & {
  /** The stream's name, `store/id`. */ readonly stream: string;
};

/** One use of an open stream. */
export interface Stream {
  /** `store/id` */
  readonly name: string;
  readonly store: string;
  readonly id: string;
  /** Returns an action for this stream, wherever several of its store are open. */
  readonly address: <A extends Action>(action: A) => A;
  /** Returns the whole sync state. */
  readonly select: (state: object) => SyncState;
  readonly selectStatus: (state: object) => Status;
  readonly selectPending: (state: object) => readonly PendingAction[];
  readonly selectRejected: (state: object) => readonly RejectedAction[];
  /** Like `flush` of all streams, for this one. */
  readonly flush: () => Promise<void>;
  /**
   * Ends this use. With the last one the slices return to their initial state; what waits is still
   * sent.
   */
  readonly close: () => void;
}

/** Keeps a Redux store in sync with streams of a Roundtrip server. */
export interface Roundtrip<Name extends string = string> {
  /** Wraps the root reducer: adds the sync state, and replays pending actions on confirmed states. */
  readonly reducer: <R extends AnyReducer>(root: R) => SyncedReducer<R>;
  /** Sends the streams' actions. Use it in one Redux store only. */
  readonly middleware: Middleware;
  /**
   * Opens a stream: its state is fetched, shown and kept up to date. Opening it again shares it, until
   * each use is closed.
   *
   * @throws TypeError when an option is invalid.
   * @throws Error when the state lacks the key, or another stream is shown there.
   */
  open(options: OpenOptions<Name>): Stream;
  /** Returns the sync states of all streams. */
  readonly select: (state: object) => RoundtripState;
  /** Returns the worst status of all streams. */
  readonly selectStatus: (state: object) => Status;
  readonly selectPending: (state: object) => readonly OfStream<PendingAction>[];
  readonly selectRejected: (state: object) => readonly OfStream<RejectedAction>[];
  /**
   * Resolves with what the server made of an action, as `dispatch` returned it.
   *
   * @throws TypeError when the action belongs to no stream.
   * @throws Error when this client is closed or its data are erased before.
   */
  readonly settled: (action: object) => Promise<Outcome>;
  /**
   * Sends and fetches now, regardless of the backoff and of `navigator.onLine`. Resolves when the
   * attempt has ended, whether it succeeded or failed.
   */
  readonly flush: () => Promise<void>;
  /**
   * Stops sending in all tabs of this user until `resume()`. Actions are kept. A reload ends the
   * pause.
   */
  readonly pause: () => void;
  /** Ends a pause. Also call it when there are new credentials. */
  readonly resume: () => void;
  /** Appends a rejected action to its queue again. An unknown id has no effect. */
  readonly retry: (id: string) => Promise<void>;
  /**
   * Removes a rejected or a pending action. A pending one that is `sent` may be in force all the same.
   * An unknown id has no effect.
   */
  readonly discard: (id: string) => Promise<void>;
  /**
   * Closes all streams in all tabs of this user, and deletes what this browser has kept for them,
   * including actions that wait.
   */
  readonly erase: () => Promise<void>;
  /** Stores unsaved actions, then releases the lock, channel, listeners and database. */
  readonly close: () => Promise<void>;
}

/**
 * Connects a Redux store with streams of a Roundtrip server.
 *
 * @throws TypeError when an option is invalid.
 */
export function createRoundtrip<Name extends string>(
  options: RoundtripOptions<Name>,
): Roundtrip<Name> {
  return roundtripIn(thisBrowser(), options);
}

/** Like `createRoundtrip`, in a given browser. */
export function roundtripIn<Name extends string>(
  browser: Browser,
  options: RoundtripOptions<Name>,
): Roundtrip<Name> {
  const settings = resolveOptions(options);
  let made: Streams | undefined;
  const start: Start = {};

  const select = (state: object): RoundtripState => {
    const { roundtrip } = state as Partial<Synced>;
    if (!roundtrip) {
      throw new Error('The state has no "roundtrip": wrap the root reducer in sync.reducer().');
    }
    return roundtrip;
  };
  const selectOne = (state: object, stream: string): SyncState =>
    select(state).streams[stream] ?? INITIAL;
  /** Selects a list of all streams, which is the same as long as its entries are. */
  const selectAll = <Entry>(
    list: (sync: SyncState) => readonly Entry[],
  ): ((state: object) => readonly OfStream<Entry>[]) => {
    let last: readonly OfStream<Entry>[] = [];
    return (state) =>
      (last = share(
        last,
        Object.entries(select(state).streams).flatMap(([stream, sync]) =>
          list(sync).map((entry) => ({ ...entry, stream })),
        ),
      ));
  };
  const streams = (): Streams => {
    if (!made) throw new Error('No Redux store uses sync.middleware yet: add it to one.');
    return made;
  };
  const release = async (id: string, isAgain: boolean): Promise<void> => {
    await streams().each((stream) => stream.release(id, isAgain));
  };
  return {
    reducer: (root) => withSync(root as never, start) as never,
    middleware: createMiddleware((store) => {
      if (made) {
        throw new Error(
          'Another Redux store uses this sync.middleware: call createRoundtrip for each store.',
        );
      }
      select(store.getState() as object);
      return (made = createStreams(settings, browser, store, selectOne, start));
    }, selectOne),
    open: (use) => {
      const stream = streams().open(use);
      const { name } = stream;
      let isUsed = true;
      return {
        name,
        store: use.store,
        id: use.id,
        address: (action) => stamped(action, { stream: name }),
        select: (state) => selectOne(state, name),
        selectStatus: (state) => selectOne(state, name).status,
        selectPending: (state) => selectOne(state, name).pending,
        selectRejected: (state) => selectOne(state, name).rejected,
        flush: stream.flush,
        close: () => {
          if (isUsed && !--stream.uses) stream.hide();
          isUsed = false;
        },
      };
    },
    select,
    selectStatus: (state) =>
      worst(Object.values(select(state).streams).map(({ status }) => status)),
    selectPending: selectAll(({ pending }) => pending),
    selectRejected: selectAll(({ rejected }) => rejected),
    settled: async (action) => {
      const { id, stream } = stampOf(action) ?? {};
      if (id === undefined || stream === undefined) {
        throw new TypeError('Expected an action of a stream, as dispatch returned it.');
      }
      return streams().get(stream).settled(id);
    },
    flush: async () => {
      await streams().each((stream) => stream.flush());
    },
    pause: () => {
      streams().setPaused(true);
    },
    resume: () => {
      streams().setPaused(false);
    },
    retry: (id) => release(id, true),
    discard: (id) => release(id, false),
    erase: () => streams().erase(),
    close: async () => made?.close(),
  };
}
