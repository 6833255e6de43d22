import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jitterMs, retryAfterMs } from '../src/backoff.js';

describe('the backoff', () => {
  it('is random between zero and a limit that doubles each time, up to a minute', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const most = Math.min(60_000, 1000 * 2 ** failures);
        expect(jitterMs(failures, random)).toBeCloseTo(random * most);
      }),
    );
  });
});

describe('Retry-After', () => {
  const date = 'Tue, 15 Nov 1994 08:12:31 GMT';

  it.each([
    [null, null, 0],
    ['7', null, 7000],
    [' 7 ', null, 7000],
    ['0', null, 0],
    ['-1', null, 0],
    ['soon', date, 0],
    ['Tue, 15 Nov 1994 08:12:41 GMT', date, 10_000],
    ['Tue, 15 Nov 1994 08:12:21 GMT', date, 0],
    ['Tue, 15 Nov 1994 08:12:41 GMT', null, 0],
    ['99999999999', null, 86_400_000],
  ])('%s at %s is %i ms', (header, at, expected) => {
    expect(retryAfterMs(header, at)).toBe(expected);
  });
});
