import { describe, expect, it } from 'vitest';
import { PastStates } from '../src/console/pastStates';
import type { Network } from '../src/network/network';

describe('the states of a stream', () => {
  it('are read once each and returned in order, whichever response comes first', async () => {
    const asked: string[] = [];
    const fetch = async (path: string) => {
      asked.push(path);
      const version = Number(new URL(path, 'http://server').searchParams.get('version'));
      // Later requests are answered first.
      for (let turn = version % 6; turn < 6; turn += 1) await Promise.resolve();
      return Response.json({ version, state: { count: version } });
    };
    const states = new PastStates({ fetch } as unknown as Network, { store: 'a', id: 'b' });
    const { signal } = new AbortController();
    const expected = [{}, ...Array.from({ length: 15 }, (_, index) => ({ count: index + 1 }))];
    expect(await states.upTo(15, signal)).toStrictEqual(expected);
    expect(new Set(asked).size).toBe(15);
    await states.upTo(15, signal);
    expect(asked).toHaveLength(15);
  });
});
