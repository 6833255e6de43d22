import type { Action } from 'redux';
import { copyJson, isPlain } from './json.js';
import type { SyncedAction, SyncState } from './state.js';

/** What the middleware adds to an action as `meta.roundtrip`, for the reducer. */
export interface Stamp {
  readonly id: string;
  /** Time of the dispatch, in ms since the epoch. */
  readonly at: number;
  readonly stream: string;
}

interface Stamped extends SyncedAction {
  readonly meta: { readonly roundtrip: Stamp };
}

const SYNC = 'roundtrip/synced';

/** The internal action that brings a new sync state to the reducer. */
// A type alias, because an interface is not assignable to Redux's UnknownAction.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type SyncAction = {
  readonly type: typeof SYNC;
  readonly payload: SyncState;
  readonly meta: { readonly roundtrip: { readonly stream: string; readonly isResponse: boolean } };
};

export const syncAction = (
  stream: string,
  payload: SyncState,
  isResponse: boolean,
): SyncAction => ({
  type: SYNC,
  payload,
  meta: { roundtrip: { stream, isResponse } },
});

export const isSyncAction = (action: Action): action is SyncAction => action.type === SYNC;

/** Returns the stamp of an action, if the middleware added one. */
export const stampOf = (action: object): Stamp | undefined =>
  (action as Partial<Stamped> | { meta: null }).meta?.roundtrip;

export const stamped = (action: SyncedAction, roundtrip: Stamp): Stamped => ({
  ...action,
  meta: { ...(action.meta as object), roundtrip },
});

/**
 * Returns an action as it is sent to the server: a copy without the stamp.
 *
 * @throws TypeError when it is not a Flux Standard Action of plain JSON.
 */
export function toSynced(action: Action): SyncedAction {
  const { type, payload, meta = {}, error, ...others } = action as Action & Record<string, unknown>;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined || !isPlain(meta)) {
    throw new TypeError(
      `${type}: expected only type, payload, error and meta (an object); received ${unexpected ?? `meta of type ${typeof meta}`}.`,
    );
  }
  const { roundtrip: _stamp, ...own } = meta;
  return copyJson({ type, payload, error, meta: Object.keys(own).length ? own : undefined });
}
