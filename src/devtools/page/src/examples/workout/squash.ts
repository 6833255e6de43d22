import type { SyncedAction } from '@roundtrip/client';
import { plan } from './plan';
import { sets } from './sets';

interface Change {
  readonly id: string;
}

/** Merges two changes of one exercise or set: the server needs the last values only. */
export function squash(previous: SyncedAction, next: SyncedAction): SyncedAction | undefined {
  const isChange = [plan.actions.exerciseChanged, sets.actions.corrected].some((creator) =>
    creator.match(next),
  );
  if (!isChange || previous.type !== next.type) return undefined;
  const [before, after] = [previous.payload as Change, next.payload as Change];
  return before.id === after.id ? { ...next, payload: { ...before, ...after } } : undefined;
}
