import type { Action, Reducer } from 'redux';
import { isStreamAction, stampOf, toSynced } from './actions.js';
import {
  INITIAL,
  type PendingAction,
  type RoundtripState,
  type Slices,
  type Synced,
  type SyncState,
} from './state.js';
import { share, shareSync } from './structuralSharing.js';

export type Root = Reducer<object, Action>;
export type State = Record<string, unknown>;

const NONE: RoundtripState = { streams: {} };

/** What the Redux store was made with. */
export interface Start {
  /** Its first root state. */
  state?: object;
  /** The application's root reducer; a hot reload replaces it. */
  root?: Root;
}

/** Wraps a root reducer: streams' actions become pending, and a new sync state is rebased. */
export function withSync(root: Root, start: Start): Root {
  start.root = root;
  return (state, action) => {
    // The root reducer gets the state without our key: combineReducers warns of unknown keys.
    const { roundtrip: given, ...others } = (state ?? {}) as Partial<Synced> & State;
    // Streams in a preloaded state are not open.
    const roundtrip = (start.state && given) ?? NONE;
    const { streams } = roundtrip;
    const inner = state && others;
    const { stream: name, id = '', at = 0, replaces } = stampOf(action) ?? {};
    if (name === undefined) {
      const next = root(inner, action);
      if ('roundtrip' in next)
        throw new Error('The key "roundtrip" is reserved: rename the slice.');
      start.state ??= next;
      return state && given === roundtrip && next === inner ? state : { ...next, roundtrip };
    }
    const before = streams[name] ?? INITIAL;
    if (!isStreamAction(action)) {
      const own = toSynced(action);
      const entry = { id, at, action: replaces?.action ?? own, sent: false };
      const pending = [...before.pending.filter((other) => other.id !== replaces?.id), entry];
      const status = isSynced(before) ? 'pending' : before.status;
      const next = { ...root(inner, own) };
      // Another stream may be shown by the same reducer: it changes by its own actions only.
      for (const [other, { slices = [] }] of Object.entries(streams)) {
        if (other !== name) Object.assign(next, pick(slices, others));
      }
      const sync = { ...before, status, pending };
      return { ...next, roundtrip: { streams: { ...streams, [name]: sync } } };
    }
    let sync = shareSync(before, action.payload);
    const { confirmed, pending, rejected, slices } = sync;
    let shown: State = {};
    if (slices) {
      if (!before.slices) {
        // What another stream or a local action left there is not this stream's; a preloaded state is.
        const made = pick(slices, start.state ?? {});
        for (const key of Object.keys(made))
          if (made[key] !== others[key]) shown[key] = initial(root)[key];
      }
      const isOld = confirmed === before.confirmed && idsOf(pending) === idsOf(before.pending);
      // A preloaded state stays until the server's state is known. After a response the slices follow
      // the server again, in case another action has changed them.
      const isKnown = confirmed !== undefined || pending.length > 0 || isSynced(sync);
      if (!isOld || (isKnown && action.meta.roundtrip.isResponse)) {
        const rebased = rebase(root, slices, others, confirmed, pending);
        shown = rebased.slices;
        sync = shareSync(before, { ...sync, pending: rebased.pending });
      }
    } else if (before.slices) {
      shown = pick(before.slices, initial(root));
    }
    const { [name]: old, ...rest } = streams;
    const isListed = slices ?? (pending.length || rejected.length);
    const next: State = {
      ...others,
      ...shown,
      roundtrip:
        sync === old ? roundtrip : { streams: isListed ? { ...streams, [name]: sync } : rest },
    };
    const isSame = Object.entries(next).every(([key, value]) => (state as State)[key] === value);
    return isSame && state ? state : next;
  };
}

const isSynced = ({ status }: SyncState): boolean => /synced|live/.test(status);

const idsOf = (pending: readonly PendingAction[]): string => pending.map(({ id }) => id).join();

export const pick = (slices: Slices, from: object): State =>
  Object.fromEntries([slices].flat().map((key) => [key, (from as State)[key]]));

// No reducer handles this type, so each returns its initial state.
const initial = (root: Root): State => root(undefined, { type: 'roundtrip/initial' }) as State;

/**
 * Replays the pending actions on the state that the server confirmed.
 *
 * Only the stream's slices are taken from the result: other slices have already reduced these
 * actions.
 *
 * @returns the stream's slices, and the pending actions with their local refusals.
 */
function rebase(
  root: Root,
  slices: Slices,
  state: State,
  confirmed: unknown,
  pending: readonly PendingAction[],
): { slices: State; pending: readonly PendingAction[] } {
  const known = (typeof slices === 'string' ? { [slices]: confirmed } : (confirmed ?? {})) as State;
  const base = pick(slices, known);
  for (const key of Object.keys(base)) if (base[key] === undefined) base[key] = initial(root)[key];
  let next: object = { ...state, ...base };
  const replayed = pending.map(({ refusedLocally: _before, ...entry }): PendingAction => {
    try {
      next = root(next, entry.action);
      return entry;
    } catch (refusal) {
      return { ...entry, refusedLocally: String(refusal) };
    }
  });
  const shown = pick(slices, next);
  for (const key of Object.keys(shown)) shown[key] = share(state[key], shown[key]);
  return { slices: shown, pending: replayed };
}
