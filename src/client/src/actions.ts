import type { Action } from 'redux';
import { copyJson, isPlain } from './json.js';
import type { SyncedAction, SyncState } from './state.js';

/** What an own action carries in its `meta.roundtrip`, from the middleware to the reducer. */
export interface Stamp {
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly stream: string;
}

interface Stamped extends SyncedAction {
  readonly meta: { readonly roundtrip: Stamp };
}

const SYNC = 'roundtrip/synced';

/** How the reducer learns what the client knows. */
// A type, since an interface is no UnknownAction of Redux.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type SyncAction = {
  readonly type: typeof SYNC;
  readonly payload: SyncState;
  readonly meta: { readonly roundtrip: { readonly stream: string } };
};

export const syncAction = (stream: string, payload: SyncState): SyncAction => ({
  type: SYNC,
  payload,
  meta: { roundtrip: { stream } },
});

export const isSyncAction = (action: Action): action is SyncAction => action.type === SYNC;

/** Gives what was added to an action on its way to the reducer, if it was. */
export const stampOf = (action: object): Stamp | undefined =>
  (action as Partial<Stamped> | { meta: null }).meta?.roundtrip;

export const stamped = (action: SyncedAction, roundtrip: Stamp): Stamped => ({
  ...action,
  meta: { ...(action.meta as object), roundtrip },
});

/**
 * Gives an action as the server gets it: without our stamp.
 *
 * @throws TypeError when the server could not read it.
 */
export function toSynced(action: Action): SyncedAction {
  const { type, payload, meta = {}, error, ...others } = action as Action & Record<string, unknown>;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined || !isPlain(meta)) {
    throw new TypeError(
      `${type}: expected type, payload, error and an object as meta; received ${stranger ?? typeof meta}.`,
    );
  }
  const { roundtrip: _stamp, ...own } = meta;
  return copyJson({ type, payload, error, meta: Object.keys(own).length ? own : undefined });
}
