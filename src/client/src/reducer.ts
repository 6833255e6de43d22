import type { Action, Reducer } from 'redux';
import { isStreamAction, stampOf, toSynced, type Stamp } from './actions.js';
import { INITIAL, type PendingAction, type Slices, type Synced } from './state.js';
import { share, shareSync } from './structuralSharing.js';

type Root = Reducer<object, Action>;
type State = Record<string, unknown>;

/** Wraps a root reducer: streams' actions become pending, and a new sync state is rebased. */
export function withSync(root: Root): Root {
  return (state, action) => {
    // The root reducer gets the state without our key: combineReducers warns of unknown keys.
    const { roundtrip = { streams: {} }, ...others } = (state ?? {}) as Partial<Synced> & State;
    const { streams } = roundtrip;
    const inner = state && others;
    const stamp = stampOf(action);
    const name = stamp?.stream;
    if (name === undefined) {
      const next = root(inner, action);
      if ('roundtrip' in next)
        throw new Error('The key "roundtrip" is reserved: rename the slice.');
      return state && 'roundtrip' in state && next === inner ? state : { ...next, roundtrip };
    }
    const before = streams[name] ?? INITIAL;
    if (!isStreamAction(action)) {
      const { id, at, replaces } = stamp as Stamp;
      const own = toSynced(action);
      const pending = before.pending.filter((entry) => entry.id !== replaces?.id);
      const entry = { id, at, action: replaces?.action ?? own, sent: false };
      const status = before.status === 'synced' ? 'pending' : before.status;
      const sync = { ...before, status, pending: [...pending, entry] };
      const next = { ...root(inner, own), roundtrip: { streams: { ...streams, [name]: sync } } };
      // Another stream may be shown by the same reducer: it changes by its own actions only.
      for (const [other, { slices = [] }] of Object.entries(streams)) {
        if (other !== name) Object.assign(next, pick(slices, others));
      }
      return next;
    }
    const sync = shareSync(before, action.payload);
    const { confirmed, pending, slices } = sync;
    const next: State = { ...(action.type === 'roundtrip/opened' ? root(inner, action) : others) };
    const isMissing = [slices ?? []].flat().some((key) => !(key in next));
    if (isMissing) return { ...next, roundtrip };
    let now = sync;
    if (slices) {
      const isOld = confirmed === before.confirmed && idsOf(pending) === idsOf(before.pending);
      // A preloaded state stays until the server's state is known. After a response the slices follow
      // the server again, in case another action has changed them.
      const isKnown = confirmed !== undefined || pending.length > 0;
      if (!isOld || (isKnown && action.meta.roundtrip.isResponse)) {
        const rebased = rebase(root, slices, next, confirmed, pending);
        Object.assign(next, rebased.slices);
        now = shareSync(before, { ...sync, pending: rebased.pending });
      }
    } else if (before.slices) {
      Object.assign(next, pick(before.slices, initial(root)));
    }
    if (now !== streams[name]) {
      const { [name]: _before, ...rest } = streams;
      const isListed = slices ?? (pending.length || sync.rejected.length);
      next['roundtrip'] = { streams: isListed ? { ...streams, [name]: now } : rest };
    } else {
      next['roundtrip'] = roundtrip;
    }
    const isSame = Object.entries(next).every(([key, value]) =>
      Object.is((state as State | undefined)?.[key], value),
    );
    return state && isSame ? state : next;
  };
}

const idsOf = (pending: readonly PendingAction[]): string => pending.map(({ id }) => id).join();

const pick = (slices: Slices, from: object): State =>
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
