import { isPlain } from './json.js';

/**
 * Returns `next`, reusing every part of `previous` that is equal, so that unchanged values keep their
 * identity and no component renders for them.
 */
export function share<T>(previous: unknown, next: T): T;
export function share(previous: unknown, next: unknown): unknown {
  const isArray = Array.isArray(next);
  const areAlike = isArray ? Array.isArray(previous) : isPlain(previous) && isPlain(next);
  if (previous === next || !areAlike) return next;
  const [before, after] = [previous, next] as [Tree, Tree];
  const entries = Object.entries(after).map(
    // Own members only: in JSON, `__proto__` is a name like any other.
    ([name, value]) =>
      [name, share(Object.hasOwn(before, name) ? before[name] : undefined, value)] as const,
  );
  const isSame =
    entries.length === Object.keys(before).length &&
    entries.every(([name, value]) => Object.hasOwn(before, name) && Object.is(before[name], value));
  if (isSame) return previous;
  return isArray ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

type Tree = Record<string, unknown>;
