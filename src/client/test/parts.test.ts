import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble, divide, isSame } from '../src/parts.js';

const card = (n: number): object => ({ title: `card ${n}` });
const cards = (count: number): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, card(n)]));
const board = (entities: Record<string, object>): object => ({
  cards: { ids: Object.keys(entities), entities, filter: 'open' },
  settings: { theme: 'dark', columns: { a: 1 } },
});
const large = (names: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc
    .uniqueArray(names, { minLength: 101, maxLength: 130 })
    .map((all) => Object.fromEntries(all.map((name, n) => [name, n])));

/** Names of the parts in which two states differ. */
function differing(before: unknown, after: unknown): string[] {
  const [one, other] = [divide(before), divide(after)];
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (name) => !one.has(name) || !other.has(name) || !isSame(one.get(name), other.get(name)),
  );
}

describe('the parts of a state', () => {
  const name = fc.oneof(fc.constantFrom('__proto__', '1', '64', 'state', ''), fc.string());
  const object = (values: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
    fc
      .array(fc.tuple(name, values), { maxLength: 4 })
      .map((members) => Object.fromEntries(members) as object);
  const member = fc.oneof(fc.jsonValue(), large(name));
  it.each([
    ['any JSON', fc.jsonValue()],
    ['a large object', large(name)],
    ['slices', object(fc.oneof(member, object(member)))],
  ])('make the same state again, in the same order: %s', (_, states) => {
    fc.assert(
      fc.property(states as fc.Arbitrary<unknown>, (state) => {
        const again = assemble(structuredClone(divide(state)));
        expect(again).toStrictEqual(state);
        expect(JSON.stringify(again)).toBe(JSON.stringify(state));
      }),
      { numRuns: 50 },
    );
  });

  it('may be of no state', () => {
    expect(assemble(divide(undefined))).toBeUndefined();
  });

  it('are one a slice, and buckets of a large object', () => {
    expect([...divide(board(cards(100))).keys()]).toEqual(['[["cards"]]', '[["settings"]]']);
    const names = [...divide(board(cards(101))).keys()];
    expect(names).toHaveLength(1 + 65 + 1 + 1);
    expect(names).toContain('[["cards","ids"]]');
    expect(names).toContain('[["cards","entities"],64]');
  });

  it('differ only where the state does', () => {
    const entities = cards(1000);
    const before = board(entities);
    const slices = before as { cards: { ids: string[]; entities: object } };
    const changed = { ...slices.cards, entities: { ...entities, c7: card(8) } };
    expect(differing(before, { ...before, cards: changed })).toHaveLength(1);
    const longer = {
      ...slices.cards,
      ids: [...slices.cards.ids, 'new'],
      entities: { ...entities, new: card(0) },
    };
    expect(differing(before, { ...before, cards: longer })).toEqual([
      '[["cards","ids"]]',
      expect.stringMatching(/"entities"\],\d+/),
      '[["cards","entities"],64]',
    ]);
    expect(differing(before, { ...before, settings: {} })).toEqual(['[["settings"]]']);
    expect(differing(before, { ...before })).toEqual([]);
  });
});
