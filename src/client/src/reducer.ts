import type { Action, Reducer } from 'redux';
import { isSyncAction, stampOf, toSynced } from './actions.js';
import type { Settings } from './options.js';
import { rebase } from './rebase.js';
import { share } from './sharing.js';
import { INITIAL, type PendingAction, type SyncState } from './state.js';

type Root = Reducer<object, Action>;

/** Wraps a root reducer: own actions also become pending, and news of the server are rebased. */
export function withSync(root: Root, { key, stream, slices }: Settings): Root {
  return (state, action) => {
    // Apart, since combineReducers warns of keys that are not its own.
    const { [key]: before = INITIAL, ...others } = (state ?? {}) as Record<string, SyncState>;
    const inner = state && others;
    const stamp = stampOf(action);
    if (stamp?.stream !== stream) {
      const next = root(inner, action);
      return state && key in state && next === inner ? state : { ...next, [key]: before };
    }
    if (!isSyncAction(action)) {
      const own = toSynced(action);
      const entry: PendingAction = { id: stamp.id, at: stamp.at, action: own, sent: false };
      const status = before.status === 'synced' ? 'pending' : before.status;
      const pending = [...before.pending, entry];
      return { ...root(inner, own), [key]: { ...before, status, pending } };
    }
    const sync = share(before, action.payload);
    // Until something is known, a preloaded state stays.
    const isKnown = before.confirmed !== undefined || sync.confirmed !== undefined;
    if (!isKnown && !before.pending.length && !sync.pending.length)
      return { ...others, [key]: sync };
    const rebased = rebase(root, slices, others, sync.confirmed, sync.pending);
    const known = { [key]: share(before, { ...sync, pending: rebased.pending }) };
    return share(state, { ...others, ...rebased.slices, ...known });
  };
}
