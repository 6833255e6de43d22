import { copyOf, isPlain, setMember } from './json.js';
import type { SyncState } from './state.js';

type Tree = Record<string, unknown>;

/**
 * Returns `next`, reusing every part of `previous` that is equal, so that unchanged values keep their
 * identity and no component renders for them.
 *
 * Parts that are identical already are not looked into, so that the cost of two states that share
 * most of their parts follows their difference.
 */
export function share<T>(previous: unknown, next: T): T;
export function share(previous: unknown, next: unknown): unknown {
  if (previous === next) return next;
  const isArray = Array.isArray(next);
  if (!(isArray ? Array.isArray(previous) : isPlain(previous) && isPlain(next))) return next;
  const [before, after] = [previous, next] as [Tree, Tree];
  const names = Object.keys(after);
  let isSame = names.length === Object.keys(before).length;
  let shared = after;
  for (const name of names) {
    const value = after[name];
    // Own members only: in JSON, `__proto__` is a name like any other.
    const isOld = Object.hasOwn(before, name);
    const old = isOld ? before[name] : undefined;
    isSame &&= isOld;
    if (Object.is(old, value)) continue;
    const member = share(old, value);
    isSame &&= Object.is(old, member);
    if (member === value) continue;
    if (shared === after) shared = copyOf(after) as Tree;
    setMember(shared, name, member);
  }
  return isSame ? previous : shared;
}

/** Like `share`, but does not look into the confirmed state: its parts are shared where it is made. */
export function shareSync(before: SyncState, next: SyncState): SyncState {
  const { confirmed } = next;
  const like = { ...before, confirmed };
  const shared = share(like, next);
  return shared === like && before.confirmed === confirmed ? before : shared;
}
