import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../src/console/changes';
import type { Json } from '../src/json';

const named = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  value: fc.integer({ min: 0, max: 2 }),
}) as fc.Arbitrary<Json>;
const list = fc.uniqueArray(named, { selector: (item) => (item as { id: string }).id });
// States of a server have no special prototypes and no negative zero.
const states = fc
  .oneof(fc.jsonValue({ maxDepth: 4 }), list, fc.record({ lines: list }))
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

const all = (before: Json, after: Json) => [...changesBetween(before, after)];

describe('the changes', () => {
  it('between equal states are empty', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(all(state, JSON.parse(JSON.stringify(state)) as Json)).toStrictEqual([]);
      }),
    );
  });

  it('between different states are not empty', () => {
    fc.assert(
      fc.property(states, states, (before, after) => {
        const isEqual = isDeepStrictEqual(before, after);
        expect(all(before, after).length === 0).toBe(isEqual);
      }),
    );
  });

  it('name an item by its sku or id, even when its neighbours change', () => {
    const before = {
      lines: [
        { sku: 'tea', quantity: 1 },
        { sku: 'cup', quantity: 1 },
      ],
      total: 2,
    };
    const after = {
      lines: [
        { sku: 'cup', quantity: 5 },
        { sku: 'pot', quantity: 1 },
      ],
      total: 6,
    };
    expect(new Set(all(before, after))).toStrictEqual(
      new Set([
        { path: 'lines[tea]', kind: 'removed', before: { sku: 'tea', quantity: 1 } },
        { path: 'lines[cup].quantity', kind: 'changed', before: 1, after: 5 },
        { path: 'lines[pot]', kind: 'added', after: { sku: 'pot', quantity: 1 } },
        { path: 'total', kind: 'changed', before: 2, after: 6 },
      ]),
    );
  });

  it('report a reordered list', () => {
    const [first, second, third] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    expect(all({ done: [first, second, third] }, { done: [third, first, second] })).toStrictEqual([
      { path: 'done', kind: 'reordered' },
    ]);
    expect(all([first, second, third], [first, third])).toStrictEqual([
      { path: '[b]', kind: 'removed', before: second },
    ]);
  });

  it('compare items without a unique name by position', () => {
    expect(all([1, 2], [1, 3, 4])).toStrictEqual([
      { path: '[1]', kind: 'changed', before: 2, after: 3 },
      { path: '[2]', kind: 'added', after: 4 },
    ]);
    expect(all([{ id: 'a' }, { id: 'a', x: 1 }], [{ id: 'a' }])).toStrictEqual([
      { path: '[1]', kind: 'removed', before: { id: 'a', x: 1 } },
    ]);
  });

  it('report an added field, a removed field, and a state of another type', () => {
    expect(all({ a: 1 }, { b: null })).toStrictEqual([
      { path: 'a', kind: 'removed', before: 1 },
      { path: 'b', kind: 'added', after: null },
    ]);
    expect(all({ a: 1 }, [1])).toStrictEqual([
      { path: '', kind: 'changed', before: { a: 1 }, after: [1] },
    ]);
  });
});
