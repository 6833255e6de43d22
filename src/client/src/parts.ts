import { isPlain, setMember } from './json.js';

/**
 * The parts of a state, each stored as one record.
 *
 * The name is JSON: the names of the member of the state that a part is, and for a part of a large
 * object its number.
 */
export type Parts = ReadonlyMap<string, unknown>;

type Tree = Record<string, unknown>;

/** An object with more members, such as the entities of a slice, is stored in buckets. */
const MANY = 100;
const BUCKETS = 64;

/** Divides a state into parts. */
export function divide(state: unknown): Parts {
  const parts = new Map<string, unknown>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (isLarge(value)) {
      const names = Object.keys(value);
      const buckets = Array.from({ length: BUCKETS }, (): unknown[] => []);
      for (const name of names) buckets[bucketOf(name)]?.push(name, value[name]);
      // The last part has the names in order.
      for (const [number, part] of [...buckets, names].entries()) {
        parts.set(nameOf(path, number), part);
      }
    } else if (
      isPlain(value) &&
      (!path.length || (!path[1] && Object.values(value).some(isLarge)))
    ) {
      for (const [name, member] of Object.entries(value)) visit(member, [...path, name]);
    } else {
      parts.set(nameOf(path), value);
    }
  };
  visit(state, []);
  return parts;
}

/** Puts a state together that was divided into parts. */
export function assemble(parts: Parts): unknown {
  const root: Tree = { state: {} };
  /** The members of a large object, from its buckets. */
  const members = new Map<unknown, unknown>();
  for (const [name, part] of parts) {
    const [path, number] = JSON.parse(name) as [string[], number?];
    const list = part as unknown[];
    if (number !== undefined && number < BUCKETS) {
      for (let at = 0; at < list.length; at += 2) members.set(list[at], list[at + 1]);
      continue;
    }
    // All buckets of an object come before the names of its members.
    const value: unknown = number
      ? Object.fromEntries(list.map((each) => [each, members.get(each)]))
      : part;
    let node = root;
    let last = 'state';
    for (const each of path) {
      if (!Object.hasOwn(node, last)) setMember(node, last, {});
      node = node[last] as Tree;
      last = each;
    }
    setMember(node, last, value);
  }
  return root['state'];
}

/** Tells whether two parts of one name are the same; the members of a bucket are compared by identity. */
export const isSame = (one: unknown, other: unknown): boolean =>
  one === other ||
  (Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((member, index) => member === other[index]));

function bucketOf(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) {
    hash = (hash * 31 + name.charCodeAt(index)) % BUCKETS;
  }
  return hash;
}

const isLarge = (value: unknown): value is Tree =>
  isPlain(value) && Object.keys(value).length > MANY;

const nameOf = (path: readonly string[], ...number: number[]): string =>
  JSON.stringify([path, ...number]);
