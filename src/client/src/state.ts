/** A Flux Standard Action, as sent to the server: https://github.com/redux-utilities/flux-standard-action. */
export interface SyncedAction {
  readonly type: string;
  readonly payload?: unknown;
  readonly meta?: unknown;
  readonly error?: unknown;
}

/** An error report, https://www.rfc-editor.org/rfc/rfc9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status?: number;
  readonly detail?: string;
  /** The reason given by the reducer, such as `order-empty`. */
  readonly code?: string;
  readonly [more: string]: unknown;
}

/**
 * The sync status of a stream.
 *
 * - `live`: like `synced`, and the server tells of each change (with `push`).
 * - `synced`: nothing waits.
 * - `pending`: actions wait to be sent.
 * - `syncing`: a request is in flight, or the server has not answered yet.
 * - `offline`: the server cannot be reached.
 * - `needsAuth`: the server asks for credentials; `resume()` tries again.
 * - `error`: the server or this client has failed; the client tries again.
 */
export type Status = 'live' | 'synced' | 'pending' | 'syncing' | 'offline' | 'needsAuth' | 'error';

/** An action that the server has not decided yet. */
export interface PendingAction {
  readonly id: string;
  readonly action: SyncedAction;
  /** Time of the dispatch, in ms since the epoch by this browser's clock. For display only. */
  readonly at: number;
  /** The server may already have it: its batch does not change until the server answers. */
  readonly sent: boolean;
  /** Why the local reducer refuses it on the confirmed state. It is sent all the same. */
  readonly refusedLocally?: string;
}

/** An action that was rejected; kept until `discard(id)` or `retry(id)`. */
export interface RejectedAction {
  readonly id: string;
  readonly action: SyncedAction;
  /** Time of the dispatch, in ms since the epoch by this browser's clock. */
  readonly at: number;
  readonly problem: Problem;
}

/** What the server made of an action. */
export type Outcome =
  | { readonly status: 'applied'; /** A version that contains it. */ readonly version: number }
  | { readonly status: 'rejected'; readonly problem: Problem }
  | { readonly status: 'discarded' };

/**
 * Where a stream's state is in the root state. A string: the server's whole state is at that key. An
 * array: the server's state is an object with these keys, each at the same key of the root state.
 */
export type Slices = string | readonly string[];

/** What the client knows about a stream. Serializable; part of the Redux state. */
export interface SyncState {
  readonly status: Status;
  /** The version of `confirmed`; 0 if the stream does not exist on the server. */
  readonly version: number;
  /**
   * The server's last known state, with the events that it has told since; `undefined` if none is
   * known.
   */
  readonly confirmed: unknown;
  /** In the order of sending. */
  readonly pending: readonly PendingAction[];
  readonly rejected: readonly RejectedAction[];
  /** `false`: the browser's storage is full or blocked, so pending actions are lost on a reload. */
  readonly durable: boolean;
  /** `pause()` was called. */
  readonly paused: boolean;
  /** The latest failure, if it is not resolved yet. */
  readonly problem?: Problem;
  /** Where the state is shown. Without: the stream is not open, but an action waits or is rejected. */
  readonly slices?: Slices;
}

/** What the client adds to the Redux state. */
export interface RoundtripState {
  /** The streams that are open, and those with actions that wait or are rejected, by `store/id`. */
  readonly streams: Readonly<Record<string, SyncState>>;
}

/** The key that the client adds to the Redux state. */
export interface Synced {
  readonly roundtrip: RoundtripState;
}

export const INITIAL: SyncState = {
  status: 'syncing',
  version: 0,
  confirmed: undefined,
  pending: [],
  rejected: [],
  durable: true,
  paused: false,
};
