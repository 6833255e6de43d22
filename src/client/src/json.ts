const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Copies a value of plain JSON, and refuses any other.
 *
 * `JSON.stringify` turns NaN into null, drops undefined members and turns a Date into a string: the
 * server would then reduce a different action than the browser. Only members of the value itself
 * may be undefined, such as the payload of an action creator that takes none.
 *
 * @throws TypeError naming the first value that is not JSON.
 */
export function copyJson<T extends object>(value: T): T {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, name: string) {
    // The original value: `toJSON` has already replaced a Date in the second argument.
    const member = this[name];
    if (
      !(isJson(member) || (member === undefined && this === value)) ||
      LONE_SURROGATE.test(name)
    ) {
      throw new TypeError(
        `Expected plain JSON; received ${typeof member} ${String(member)} at "${name}".`,
      );
    }
    return member;
  });
  return JSON.parse(text) as T;
}

const isJson = (value: unknown): boolean =>
  typeof value === 'string'
    ? !LONE_SURROGATE.test(value)
    : value === null ||
      typeof value === 'boolean' ||
      Number.isFinite(value) ||
      Array.isArray(value) ||
      isPlain(value);

/** Tells whether a value is a plain object, possibly of another frame, rather than a class instance. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Sets a member as JSON does: `__proto__` is a name like any other. */
export const setMember = (object: object, name: string, value: unknown): object =>
  Object.defineProperty(object, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });

/** Returns a shallow copy of an array or a plain object. */
export const copyOf = (node: object): object =>
  Array.isArray(node) ? [...(node as unknown[])] : { ...node };
