import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  append,
  confirm,
  discard,
  EMPTY,
  freeze,
  frozen,
  retryOf,
  settle,
  type Change,
  type Entry,
  type Queue,
} from '../src/queue.js';

const DAY_MS = 86_400_000;
const entry = (id: string, at = 0): Entry => ({ id, at, action: { type: 'a/b', payload: id } });
const after = (before: Queue, ...changes: Change[]): Queue =>
  changes.reduce((queue, change) => change(queue), before);
const queue = (...ids: string[]): Queue => after(EMPTY, ...ids.map((id) => append(entry(id))));
const frozenAt = (nowMs: number, maxActions = 100, key = 'k', leastMs = nowMs): Change =>
  freeze(key, { maxActions, nowMs, leastMs, maxAgeMs: 10 });
const squashing = (id: string, previous: string): Change =>
  append(entry(id, 5), { id: previous, action: { type: 'both', payload: id } });
const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ id }) => id);
const problem = { type: 't', title: 't' };

describe('the queue', () => {
  it('appends each entry once', () => {
    const before = queue('a');
    expect(append(entry('a'))(before)).toBe(before);
  });

  it('freezes one batch at a time, from the front', () => {
    const one = frozenAt(0, 2)(queue('a', 'b', 'c'));
    expect(idsOf(frozen(one))).toEqual(['a', 'b']);
    expect(after(one, append(entry('d')), frozenAt(5, 3, 'other')).batch).toEqual(one.batch);
    expect(frozenAt(0)(EMPTY)).toBe(EMPTY);
  });

  it('rejects unsent entries by age, and a batch only when its receipt has expired', () => {
    const before = after(EMPTY, append(entry('old')), append(entry('young', 8)));
    const first = frozenAt(9, 1)(before);
    expect(idsOf(frozen(frozenAt(9 + 80 * DAY_MS, 1)(first)))).toEqual(['old']);
    expect(idsOf(frozenAt(10 + 80 * DAY_MS, 1)(first).refusals)).toEqual(['old', 'young']);
    const late = frozenAt(11, 1)(before);
    expect([idsOf(late.refusals), idsOf(frozen(late))]).toEqual([['old'], ['young']]);
    expect(frozenAt(11, 1, 'k', 10)(before).refusals).toEqual([]);
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
          const before = frozenAt(0, most)(queue(...all));
          const answer = settle({
            key: 'k',
            outcomes: new Map(frozen(before).map(({ id }, index) => [id, outcomes[index]])),
            confirming: { version: 1, state: 1, shape: 0, since: 0 },
          });
          const once = answer(before);
          expect(answer(once)).toEqual(once);
          const next = frozenAt(0, most, 'next')(once);
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
    const before: Queue = { ...EMPTY, confirmed: { version: known, state: known, shape: 0 } };
    const confirming = { ...next, state: next.version, shape: 0 };
    expect(confirm(confirming)(before).confirmed?.version).toBe(expected);
  });

  it('queues a rejected action again, once', () => {
    const before: Queue = { ...EMPTY, refusals: [{ ...entry('a'), problem }] };
    const again = retryOf('a', { id: 'b', at: 3 });
    const retried = again(before);
    expect(retried).toMatchObject({
      refusals: [],
      entries: [{ id: 'b', at: 3, action: { payload: 'a' } }],
    });
    expect(again(retried)).toBe(retried);
  });
});

describe('squashing', () => {
  it('puts one action in place of the last two, with the time of the first', () => {
    const squashed = after(queue('a', 'b'), squashing('c', 'b'), squashing('d', 'c'));
    expect(squashed.entries[1]).toEqual({
      id: 'd',
      at: 0,
      action: { type: 'both', payload: 'd' },
      squashed: ['b', 'c'],
    });
    expect(squashed.entries).toHaveLength(2);
    expect(after(squashed, squashing('c', 'b'), append(entry('b')))).toBe(squashed);
  });

  it.each([
    ['frozen', after(queue('a', 'b'), frozenAt(0))],
    ['no longer the last one', queue('b', 'a')],
    ['gone', queue('a')],
  ])('appends the action as it is when the previous one is %s', (_, before) => {
    const { entries } = squashing('c', 'b')(before);
    expect(entries.at(-1)).toEqual(entry('c', 5));
    expect(entries).toHaveLength(before.entries.length + 1);
  });
});

describe('discarding', () => {
  it('removes a rejected action, and one that was never frozen, with what it stands for', () => {
    const refused: Queue = { ...queue('a', 'b'), refusals: [{ ...entry('r'), problem }] };
    const left = after(refused, squashing('c', 'b'), discard('r'), discard('b'));
    expect(left).toMatchObject({ refusals: [], gone: ['r', 'b', 'c'] });
    expect(idsOf(left.entries)).toEqual(['a']);
    expect(after(left, discard('c'), append(entry('c')))).toBe(left);
  });

  it('leaves a sent action in its batch, and ignores its outcome', () => {
    const one = after(queue('a', 'b', 'c'), frozenAt(0, 2), discard('a'));
    expect(one.gone).toEqual(['a']);
    expect(frozen(one)).toEqual([{ ...entry('a'), discarded: true }, entry('b')]);
    expect(discard('a')(one)).toBe(one);
    const answer = (a: typeof problem | null | undefined): Queue =>
      settle({
        key: 'k',
        outcomes: new Map([
          ['a', a],
          ['b', undefined],
        ]),
      })(one);
    for (const outcome of [problem, null, undefined]) {
      expect(answer(outcome)).toMatchObject({ refusals: [], batch: undefined });
      expect(idsOf(answer(outcome).entries)).toEqual(['b', 'c']);
    }
    expect(idsOf(frozenAt(1 + 80 * DAY_MS)(one).refusals)).toEqual(['b', 'c']);
  });

  it('removes a batch whose actions are all discarded', () => {
    const one = after(queue('a', 'b', 'c'), frozenAt(0, 2), discard('b'), discard('a'));
    expect(one).toMatchObject({ batch: undefined, gone: ['b', 'a'] });
    expect(idsOf(one.entries)).toEqual(['c']);
  });

  it('remembers the last hundred', () => {
    const ids = Array.from({ length: 150 }, (_, index) => String(index));
    expect(after(queue(...ids), ...ids.map(discard)).gone).toEqual(ids.slice(50));
  });
});
