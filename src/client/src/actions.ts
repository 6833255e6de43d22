import type { Action } from 'redux';
import { copyJson, isPlain } from './json.js';
import type { SyncedAction, SyncState } from './state.js';

/** What the middleware adds to an action as `meta.roundtrip`, for the reducer. */
export interface Stamp {
  readonly id: string;
  /** Time of the dispatch, in ms since the epoch. */
  readonly at: number;
  readonly stream: string;
  /** The pending action that this one is squashed with, and the result. */
  readonly replaces?: Squashed | undefined;
}

/** An action that takes the place of the pending one with this id. */
export interface Squashed {
  readonly id: string;
  readonly action: SyncedAction;
}

/** The internal actions: each brings a stream's new sync state to the reducer. */
type Change = 'opened' | 'closed' | 'synced';

// A type alias, because an interface is not assignable to Redux's UnknownAction.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type StreamAction = {
  readonly type: `roundtrip/${Change}`;
  readonly payload: SyncState;
  readonly meta: { readonly roundtrip: { readonly stream: string; readonly isResponse: boolean } };
};

export const streamAction = (
  change: Change,
  stream: string,
  payload: SyncState,
  isResponse: boolean,
): StreamAction => ({
  type: `roundtrip/${change}`,
  payload,
  meta: { roundtrip: { stream, isResponse } },
});

/** Tells the client's own actions from all others. */
export const isStreamAction = (action: Action): action is StreamAction =>
  action.type.startsWith('roundtrip/');

/** Returns `meta.roundtrip` of an action: a stamp, or only the name of a stream that it is for. */
export const stampOf = (action: object): Partial<Stamp> | undefined =>
  (action as { meta?: { roundtrip?: Stamp } | null }).meta?.roundtrip;

export const stamped = <A extends object>(action: A, roundtrip: Partial<Stamp>): A => ({
  ...action,
  meta: { ...(action as { meta?: object }).meta, roundtrip },
});

/**
 * Returns an action as it is sent to the server: a copy without the stamp.
 *
 * @throws TypeError when it is not a Flux Standard Action of plain JSON.
 */
export function toSynced(action: Action): SyncedAction {
  const { type, payload, meta = {}, error, ...others } = action as Action & Record<string, unknown>;
  const [unexpected] = Object.keys(others);
  if (typeof type !== 'string' || unexpected !== undefined || !isPlain(meta)) {
    throw new TypeError(
      `${type}: expected only type (a string), payload, error and meta (an object); received ${unexpected ?? `meta of type ${typeof meta}`}.`,
    );
  }
  const { roundtrip: _stamp, ...own } = meta;
  return copyJson({ type, payload, error, meta: Object.keys(own).length ? own : undefined });
}
