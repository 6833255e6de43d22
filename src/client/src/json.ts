const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Copies what has a form in JSON, and refuses everything else.
 *
 * `JSON.stringify` writes NaN as null, leaves out what is undefined and makes a text of a Date: the
 * server would reduce another action than the browser did. Only members of the value itself may be
 * undefined, as the payload is in an action of a creator without one.
 *
 * @throws TypeError that names the first value that cannot be sent.
 */
export function copyJson<T extends object>(value: T): T {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, name: string) {
    // Before `toJSON`, which would hide a Date.
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

/** Tells plain objects, also those of another frame, from instances of classes. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
