import type { Action, Reducer } from 'redux';
import { share } from './sharing.js';
import type { PendingAction } from './state.js';

type Root = Reducer<object, Action>;
type State = Record<string, unknown>;

/**
 * Replays what is pending on what the server confirmed.
 *
 * Only the stream's slices are taken from the result: the others have seen these actions before.
 *
 * @returns the slices that the stream owns, and what is pending with its local refusals.
 */
export function rebase(
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
  // No reducer knows this type, so each gives its initial state, as in Redux's own probes.
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
