import { isPlain, setMember } from './json.js';

/**
 * The parts of a state, each stored as one record. The name is a path as JSON: a member of the state, a
 * member of that, or one of the numbered parts of a large object.
 */
export type Parts = ReadonlyMap<string, unknown>;

type Tree = Record<string, unknown>;
type Path = readonly (string | number)[];

/** An object with more members, such as the entities of a slice, is stored in buckets. */
const MANY = 100;
const BUCKETS = 64;

/** The parts of large objects: buckets of names and values in turns, and last all names in order. */
const divided = new WeakMap<object, readonly unknown[][]>();

/** Divides a state into parts. */
export function divide(state: unknown): Parts {
  const parts = new Map<string, unknown>();
  const visit = (value: unknown, path: Path): void => {
    if (isLarge(value)) {
      const buckets = divided.get(value) ?? bucketsOf(value);
      divided.set(value, buckets);
      for (const [number, bucket] of buckets.entries()) parts.set(nameOf(path, number), bucket);
    } else if (isPlain(value) && (path.length ? !path[1] && hasLarge(value) : true)) {
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
  for (const [name, part] of parts) {
    const path = JSON.parse(name) as Path;
    const names = path.filter((each) => typeof each === 'string');
    const isBucket = names.length < path.length;
    if (isBucket && path.at(-1) !== BUCKETS) continue;
    const value = isBucket ? largeObject(parts, names) : part;
    let node = root;
    let last = 'state';
    for (const each of names) {
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

function bucketsOf(value: Tree): unknown[][] {
  const names = Object.keys(value);
  const buckets = Array.from({ length: BUCKETS }, (): unknown[] => []);
  for (const name of names) {
    let hash = 0;
    for (let index = 0; index < name.length; index++) {
      hash = (hash * 31 + name.charCodeAt(index)) % BUCKETS;
    }
    buckets[hash]?.push(name, value[name]);
  }
  return [...buckets, names];
}

function largeObject(parts: Parts, path: Path): Tree {
  const partOf = (number: number): unknown[] => parts.get(nameOf(path, number)) as unknown[];
  const members = new Map<unknown, unknown>();
  for (let number = 0; number < BUCKETS; number++) {
    const bucket = partOf(number);
    for (let at = 0; at < bucket.length; at += 2) members.set(bucket[at], bucket[at + 1]);
  }
  return Object.fromEntries(partOf(BUCKETS).map((name) => [name as string, members.get(name)]));
}

const isLarge = (value: unknown): value is Tree =>
  isPlain(value) && Object.keys(value).length > MANY;

const hasLarge = (value: Tree): boolean => Object.values(value).some(isLarge);

const nameOf = (path: Path, ...number: number[]): string => JSON.stringify([...path, ...number]);
