import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { share } from '../src/structuralSharing.js';

describe('structural sharing', () => {
  it('returns an equal value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (previous, next) => {
        expect(share(previous, next)).toEqual(next);
      }),
    );
  });

  it('keeps the identity of equal parts at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(share(value, structuredClone(value))).toBe(value);
        const previous = { kept: value, list: [value], other: 1 };
        const next = share(previous, structuredClone({ ...previous, other: 2 }));
        expect(next.kept).toBe(previous.kept);
        expect(next.list).toBe(previous.list);
        expect(next.other).toBe(2);
      }),
    );
  });

  it('handles a member named __proto__ like any other', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "b": 1}') as object;
    const next = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object;
    expect(share(value, structuredClone(value))).toBe(value);
    expect(JSON.stringify(share(value, next))).toBe(JSON.stringify(next));
  });

  it('ignores inherited members', () => {
    const next = JSON.parse('{"a": 1, "__proto__": {}, "constructor": {}}') as object;
    const shared = share<object>({ a: 1 }, next);
    for (const name of ['__proto__', 'constructor']) {
      const value: unknown = Object.getOwnPropertyDescriptor(shared, name)?.value;
      expect([Object.prototype, Object]).not.toContain(value);
      expect(value).toEqual({});
    }
  });

  it.each([
    [{ a: undefined }, {}],
    [{}, { a: undefined }],
    [{ a: 1 }, { b: 1 }],
    [[], {}],
    [new Date(0), new Date(0)],
    [0, -0],
  ])('does not replace %o by %o', (previous, next) => {
    const [shared] = share([previous], [next]);
    expect(shared).toStrictEqual(next);
    expect(Object.is(shared, previous)).toBe(false);
  });
});
