/** An action as the server knows it: a Flux Standard Action, https://github.com/redux-utilities/flux-standard-action. */
export interface SyncedAction {
  readonly type: string;
  readonly payload?: unknown;
  readonly meta?: unknown;
  readonly error?: unknown;
}

/** What went wrong, https://www.rfc-editor.org/rfc/rfc9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status?: number;
  readonly detail?: string;
  /** The reason that the reducer gave, such as `order-empty`. */
  readonly code?: string;
  readonly [more: string]: unknown;
}

/**
 * How the stream stands towards the server.
 *
 * - `synced`: nothing waits.
 * - `pending`: actions wait to be sent.
 * - `syncing`: a request is on its way, or nothing is known of the server yet.
 * - `offline`: the server cannot be reached.
 * - `needsAuth`: the server asks for credentials; `resume()` tries again.
 * - `error`: the server, or this client, has a fault; it is tried again.
 */
export type Status = 'synced' | 'pending' | 'syncing' | 'offline' | 'needsAuth' | 'error';

/** An action that the server has not answered yet. */
export interface PendingAction {
  readonly id: string;
  readonly action: SyncedAction;
  /** When it was dispatched, in ms since the epoch by this browser's clock. Shown, never compared. */
  readonly at: number;
  /** It may be with the server already: its batch is frozen until it is answered. */
  readonly sent: boolean;
  /** Why the local reducer refuses it on the confirmed state. The server decides all the same. */
  readonly refusedLocally?: string;
}

/** An action that was refused, until `discard(id)` or `retry(id)`. */
export interface RejectedAction {
  readonly id: string;
  readonly action: SyncedAction;
  /** When it was dispatched, in ms since the epoch by this browser's clock. */
  readonly at: number;
  readonly problem: Problem;
}

/** What the client knows of its stream. Serializable; part of the Redux state. */
export interface SyncState {
  readonly status: Status;
  /** The version of `confirmed`; 0: the server has nothing. */
  readonly version: number;
  /** The server's last known state; `undefined`: none is known. */
  readonly confirmed: unknown;
  /** In the order in which they are sent. */
  readonly pending: readonly PendingAction[];
  readonly rejected: readonly RejectedAction[];
  /** `false`: the browser's storage is full or blocked, so that what is pending does not survive a reload. */
  readonly durable: boolean;
  /** `pause()` was called. */
  readonly paused: boolean;
  /** Why the status is not `synced`, if something went wrong. */
  readonly problem?: Problem;
}

/** Where the sync states stand in the Redux state. */
export type Synced = Readonly<Record<`roundtrip:${string}`, SyncState>>;

export const INITIAL: SyncState = {
  status: 'syncing',
  version: 0,
  confirmed: undefined,
  pending: [],
  rejected: [],
  durable: true,
  paused: false,
};
