import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  append,
  confirm,
  EMPTY,
  freeze,
  frozen,
  release,
  settle,
  type Entry,
  type Ledger,
} from '../src/ledger.js';

const entry = (id: string, at = 0): Entry => ({ id, at, action: { type: 'a/b', payload: id } });
const ledger = (...ids: string[]): Ledger =>
  ids.reduce((before, id) => append(entry(id))(before), EMPTY);
const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ id }) => id);

describe('the ledger', () => {
  it('takes each entry once', () => {
    const before = ledger('a');
    expect(append(entry('a'))(before)).toBe(before);
  });

  it('freezes one batch at a time, from the head', () => {
    const one = freeze('k', 2, 0, 10)(ledger('a', 'b', 'c'));
    expect(idsOf(frozen(one))).toEqual(['a', 'b']);
    expect(freeze('other', 3, 5, 10)(append(entry('d'))(one)).batch).toEqual(one.batch);
    expect(freeze('k', 2, 0, 10)(EMPTY)).toBe(EMPTY);
  });

  it('refuses what waits by its age, and a batch only when its receipt is gone', () => {
    const at = (nowMs: number, before: Ledger): Ledger => freeze('k', 1, nowMs, 10)(before);
    const before = [entry('old', 0), entry('young', 8)].reduce(
      (all, one) => append(one)(all),
      EMPTY,
    );
    const first = at(9, before);
    expect(idsOf(frozen(at(9 + 80 * 86_400_000, first)))).toEqual(['old']);
    expect(idsOf(at(10 + 80 * 86_400_000, first).refusals)).toEqual(['old', 'young']);
    const late = at(11, before);
    expect([idsOf(late.refusals), idsOf(frozen(late))]).toEqual([['old'], ['young']]);
  });

  it('settles a batch twice as once, whatever came between', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 });
    const outcome = fc.constantFrom(null, undefined, { type: '/problems/rejected', title: 'r' });
    fc.assert(
      fc.property(
        ids,
        fc.array(outcome, { minLength: 8, maxLength: 8 }),
        fc.nat({ max: 8 }),
        (all, outcomes, most) => {
          const before = freeze('k', most, 0, 10)(ledger(...all));
          const answer = settle({
            key: 'k',
            outcomes: new Map(frozen(before).map(({ id }, index) => [id, outcomes[index]])),
            confirming: { version: 1, state: 1, since: 0 },
          });
          const once = answer(before);
          expect(answer(once)).toEqual(once);
          const next = freeze('next', most, 0, 10)(once);
          expect(answer(next)).toEqual(next);
          const all3 = [...once.entries, ...once.refusals];
          expect(new Set(idsOf(all3)).size).toBe(all3.length);
          expect(
            all3.length + outcomes.slice(0, frozen(before).length).filter((o) => o === null).length,
          ).toBe(all.length);
        },
      ),
    );
  });

  it.each([
    ['a newer one', 5, { version: 6, since: 5 }, 6],
    ['a lower one, of a server that was reset', 5, { version: 1, since: 5 }, 1],
    ['a late one', 6, { version: 5, since: 4 }, 6],
    ['a newer one that was asked for long ago', 6, { version: 7, since: 4 }, 7],
  ])('confirms %s', (_, known, next, expected) => {
    const before: Ledger = { ...EMPTY, confirmed: { version: known, state: known } };
    expect(confirm({ ...next, state: next.version })(before).confirmed?.version).toBe(expected);
  });

  it('lets go of a refusal once', () => {
    const before: Ledger = {
      ...EMPTY,
      refusals: [{ ...entry('a'), problem: { type: 't', title: 't' } }],
    };
    const after = release('a', { id: 'b', at: 3 })(before);
    expect(after).toMatchObject({
      refusals: [],
      entries: [{ id: 'b', at: 3, action: { payload: 'a' } }],
    });
    expect(release('a')(after)).toBe(after);
  });
});
