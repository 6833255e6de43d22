import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyJson } from '../src/json.js';

const isAccepted = (value: unknown): boolean => {
  try {
    copyJson({ payload: { value } });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return false;
  }
};

/** JSON has a negative zero, but `JSON.stringify` writes 0. */
const withoutNegativeZero = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? value.map(withoutNegativeZero)
      : Object.fromEntries(
          Object.entries(value).map(([name, member]) => [name, withoutNegativeZero(member)]),
        )
    : value === 0
      ? 0
      : value;

describe('plain JSON', () => {
  it('is accepted', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(isAccepted(value)).toBe(true);
      }),
    );
    expect(isAccepted(Object.assign(Object.create(null) as object, { a: ['💚'] }))).toBe(true);
  });

  it('survives a round trip through JSON unchanged', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        if (!isAccepted(value)) return;
        const { payload } = copyJson({ payload: { value } });
        expect(payload.value).toEqual(withoutNegativeZero(value));
        // An action read from IndexedDB is sent as the same bytes.
        expect(JSON.stringify(structuredClone(payload))).toBe(JSON.stringify(payload));
      }),
    );
  });

  it('has no cycles', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(isAccepted(loop)).toBe(false);
  });

  it('the error names the value and its place', () => {
    expect(() => {
      copyJson({ payload: { when: new Date(0) } });
    }).toThrow(/Date|1970.*"when"/);
    expect(() => {
      copyJson({ payload: [1, NaN] });
    }).toThrow('received number NaN at "1"');
  });
});
