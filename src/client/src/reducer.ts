import type { Action, Reducer } from 'redux';
import { isSyncAction, stampOf, toSynced } from './actions.js';
import type { Settings } from './options.js';
import { INITIAL, type PendingAction, type SyncState } from './state.js';
import { share, shareSync } from './structuralSharing.js';

type Root = Reducer<object, Action>;
type State = Record<string, unknown>;

/** Wraps a root reducer: the stream's actions become pending, and a new sync state is rebased. */
export function withSync(root: Root, { key, stream, slices }: Settings): Root {
  return (state, action) => {
    // The root reducer gets the state without our key: combineReducers warns of unknown keys.
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
    const sync = shareSync(before, action.payload);
    const { confirmed, pending } = sync;
    const isOld = confirmed === before.confirmed && idsOf(pending) === idsOf(before.pending);
    // A preloaded state stays until the server's state is known. After a response the slices follow the
    // server again, in case another action has changed them.
    const mayDiffer =
      action.meta.roundtrip.isResponse && (confirmed !== undefined || pending.length);
    if (isOld && !mayDiffer) return { ...others, [key]: sync };
    const rebased = rebase(root, slices, others, confirmed, pending);
    const known = { [key]: shareSync(before, { ...sync, pending: rebased.pending }) };
    const next: State = { ...others, ...rebased.slices, ...known };
    const isSame = Object.entries(next).every(([name, value]) =>
      Object.is((state as State | undefined)?.[name], value),
    );
    return state && isSame ? state : next;
  };
}

const idsOf = (pending: readonly PendingAction[]): string => pending.map(({ id }) => id).join();

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
  slices: string | readonly string[],
  state: object,
  confirmed: unknown,
  pending: readonly PendingAction[],
): { slices: State; pending: readonly PendingAction[] } {
  const names = [slices].flat();
  const pick = (from: (name: string) => unknown): State =>
    Object.fromEntries(names.map((name) => [name, from(name)]));
  const known = (typeof slices === 'string' ? { [slices]: confirmed } : (confirmed ?? {})) as State;
  // No reducer handles this type, so each returns its initial state.
  const initial = (): State => root(undefined, { type: 'roundtrip/initial' }) as State;
  let next: object = {
    ...state,
    ...pick((name) => (known[name] === undefined ? initial()[name] : known[name])),
  };
  const replayed = pending.map(({ refusedLocally: _before, ...entry }): PendingAction => {
    try {
      next = root(next, entry.action);
      return entry;
    } catch (refusal) {
      return { ...entry, refusedLocally: String(refusal) };
    }
  });
  return {
    slices: pick((name) => share((state as State)[name], (next as State)[name])),
    pending: replayed,
  };
}
