import type { Json } from '../json';

/** One difference between two states. */
export interface Change {
  /** For example `lines[tea].quantity`; empty for the whole state. */
  readonly path: string;
  /** `reordered`: a list has the same items in another order. */
  readonly kind: 'added' | 'removed' | 'changed' | 'reordered';
  readonly before?: Json;
  readonly after?: Json;
}

type Fields = Readonly<Record<string, Json>>;

/**
 * Lists the differences between two states, in the order of their fields.
 *
 * Items of a list are compared by their `id` or `sku` if each item has a unique one, otherwise by
 * position.
 */
export function* changesBetween(before: Json, after: Json, path = ''): Generator<Change> {
  if (Array.isArray(before) && Array.isArray(after)) {
    yield* changesOfLists(before as readonly Json[], after as readonly Json[], path);
  } else if (isObject(before) && isObject(after)) {
    const inner = (name: string) => (path === '' ? name : `${path}.${name}`);
    yield* changesOfFields(new Map(Object.entries(before)), new Map(Object.entries(after)), inner);
  } else if (before !== after) {
    yield { path, kind: 'changed', before, after };
  }
}

function* changesOfLists(
  before: readonly Json[],
  after: readonly Json[],
  path: string,
): Generator<Change> {
  const old = byName(before);
  const now = byName(after);
  const inner = (name: string) => `${path}[${name}]`;
  if (old === undefined || now === undefined) {
    yield* changesOfFields(byPosition(before), byPosition(after), inner);
    return;
  }
  yield* changesOfFields(old, now, inner);
  const stayed = [...old.keys()].filter((name) => now.has(name));
  const order = [...now.keys()].filter((name) => old.has(name));
  if (stayed.some((name, index) => name !== order[index])) yield { path, kind: 'reordered' };
}

function* changesOfFields(
  old: ReadonlyMap<string, Json>,
  now: ReadonlyMap<string, Json>,
  inner: (name: string) => string,
): Generator<Change> {
  for (const [name, before] of old) {
    const after = now.get(name);
    if (after === undefined) yield { path: inner(name), kind: 'removed', before };
    else yield* changesBetween(before, after, inner(name));
  }
  for (const [name, after] of now) {
    if (!old.has(name)) yield { path: inner(name), kind: 'added', after };
  }
}

const byPosition = (items: readonly Json[]) =>
  new Map(items.map((item, index) => [String(index), item]));

/** Maps items by their `id` or `sku`; `undefined` unless each item has a unique one. */
function byName(items: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const named = new Map<string, Json>();
  for (const item of items) {
    const name = isObject(item) ? (item['id'] ?? item['sku']) : undefined;
    if (typeof name !== 'string' || named.has(name)) return undefined;
    named.set(name, item);
  }
  return named;
}

const isObject = (value: Json): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
