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
  type Queue,
} from '../src/queue.js';

const entry = (id: string, at = 0): Entry => ({ id, at, action: { type: 'a/b', payload: id } });
const queue = (...ids: string[]): Queue =>
  ids.reduce((before, id) => append(entry(id))(before), EMPTY);
const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ id }) => id);

describe('the queue', () => {
  it('appends each entry once', () => {
    const before = queue('a');
    expect(append(entry('a'))(before)).toBe(before);
  });

  it('freezes one batch at a time, from the front', () => {
    const one = freeze('k', 2, 0, 10)(queue('a', 'b', 'c'));
    expect(idsOf(frozen(one))).toEqual(['a', 'b']);
    expect(freeze('other', 3, 5, 10)(append(entry('d'))(one)).batch).toEqual(one.batch);
    expect(freeze('k', 2, 0, 10)(EMPTY)).toBe(EMPTY);
  });

  it('rejects unsent entries by age, and a batch only when its receipt has expired', () => {
    const at = (nowMs: number, before: Queue): Queue => freeze('k', 1, nowMs, 10)(before);
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

  it('settling a batch twice equals settling it once, whatever happens in between', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 });
    const outcome = fc.constantFrom(null, undefined, { type: '/problems/rejected', title: 'r' });
    fc.assert(
      fc.property(
        ids,
        fc.array(outcome, { minLength: 8, maxLength: 8 }),
        fc.nat({ max: 8 }),
        (all, outcomes, most) => {
          const before = freeze('k', most, 0, 10)(queue(...all));
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
    ['a newer version', 5, { version: 6, since: 5 }, 6],
    ['a lower version of a reset server', 5, { version: 1, since: 5 }, 1],
    ['the known version when the response is late', 6, { version: 5, since: 4 }, 6],
    ['a newer version that was requested earlier', 6, { version: 7, since: 4 }, 7],
  ])('confirms %s', (_, known, next, expected) => {
    const before: Queue = { ...EMPTY, confirmed: { version: known, state: known } };
    expect(confirm({ ...next, state: next.version })(before).confirmed?.version).toBe(expected);
  });

  it('releases a refusal once', () => {
    const before: Queue = {
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
