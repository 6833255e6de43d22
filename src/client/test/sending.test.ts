import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAULTS } from './support/server.js';
import type { RejectedAction } from '../src/index.js';
import { tick, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced';
const rejectedOf = ({ state }: Tab): readonly RejectedAction[] => state.rejected;

describe('sending', () => {
  it('puts up to a hundred actions into a request, in order', async () => {
    world.hasChecks = false;
    const tab = world.open();
    tab.sync.pause();
    const texts = Array.from({ length: 250 }, (_, index) => String(index));
    tab.add(...texts);
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(texts);
    const sizes = world.server.asked.flatMap(({ body }) =>
      body ? [(JSON.parse(body) as unknown[]).length] : [],
    );
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('puts at most one mebibyte into a request', async () => {
    const tab = world.open();
    tab.sync.pause();
    tab.add(...Array.from({ length: 5 }, (_, index) => `${index}${'é'.repeat(200_000)}`));
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toHaveLength(5);
    const bodies = world.server.asked.flatMap(({ body }) => body ?? []);
    expect(bodies.map((body) => Buffer.byteLength(body) <= 1024 * 1024)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('repeats the same bytes under the same key after a lost reply, even after a reload', async () => {
    world.server.faults.push(FAULTS['request lost'], FAULTS['reply lost']);
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(({ state }) => state.status === 'offline');
    tab.add('c');
    await tab.sync.flush();
    tab.kill();
    const again = world.open();
    await again.until(synced);
    const posts = world.server.asked.filter(({ method }) => method === 'POST');
    expect(posts[1]).toMatchObject({ key: posts[0]?.key, body: posts[0]?.body });
    expect(world.server.texts()).toEqual(['a', 'b', 'c']);
  });

  it('calls headers() for each request', async () => {
    let count = 0;
    const tab = world.open({
      headers: () => Promise.resolve({ authorization: `Bearer ${++count}` }),
    });
    tab.add('a');
    await tab.until(synced);
    const tokens = world.server.asked.map(({ headers }) => headers['authorization']);
    expect(tokens).toEqual(tokens.map((_, index) => `Bearer ${index + 1}`));
  });

  it('treats a failure of headers() as a lost network, and retries', async () => {
    const headers = vi.fn<() => Promise<Record<string, string>>>();
    headers.mockRejectedValueOnce(new Error('no token')).mockResolvedValue({});
    const tab = world.open({ headers });
    await tab.until(({ state }) => state.status === 'offline');
    expect(tab.state.problem).toMatchObject({
      type: '/problems/unreachable',
      detail: 'Error: no token',
    });
    tab.add('a');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('sends an action that was dispatched while the state was being fetched', async () => {
    let answer = (): void => undefined;
    world.server.always = (asked, server) =>
      asked.body
        ? server(asked)
        : new Promise((resolve) => {
            answer = () => {
              resolve(server(asked));
            };
          });
    const tab = world.open();
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    tab.add('a');
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    expect(world.server.texts()).toEqual([]);
    answer();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('has one request in flight at a time', async () => {
    let inFlight = 0;
    let most = 0;
    const tab = world.open({
      fetch: async (url, init) => {
        most = Math.max(most, ++inFlight);
        await tick();
        const response = await world.server.fetch(url, init);
        inFlight -= 1;
        return response;
      },
    });
    for (let index = 0; index < 20; index++) {
      tab.add(String(index));
      void tab.sync.flush();
      await tick();
    }
    await tab.until(synced);
    expect(most).toBe(1);
    expect(world.server.texts()).toHaveLength(20);
  });
});

describe('waiting', () => {
  it('pause() keeps all actions; flush() does not end it, resume() does', async () => {
    const tab = world.open();
    await tab.until(synced);
    tab.sync.pause();
    tab.add('a');
    await tab.sync.flush();
    expect(tab.state).toMatchObject({ paused: true, status: 'pending' });
    expect(world.server.texts()).toEqual([]);
    tab.sync.resume();
    await tab.until(synced);
    expect(tab.state.paused).toBe(false);
  });

  it('navigator.onLine === false holds sending back, but flush() ignores it', async () => {
    const tab = world.open();
    await tab.until(synced);
    tab.onLine = false;
    tab.window.dispatchEvent(new Event('offline'));
    expect(tab.state.status).toBe('offline');
    tab.add('a');
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    expect(world.server.texts()).toEqual([]);
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });

  it('an unsent action that waited too long is rejected; a sent one is repeated unchanged', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(1000);
    world.server.always = FAULTS['reply lost'];
    const tab = world.open({ maxOfflineAgeMs: 5000 });
    tab.add('sent');
    await tab.until(({ state }) => state.status === 'offline');
    tab.add('not sent');
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    now.mockReturnValue(7000);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(rejectedOf(tab)).toMatchObject([
      { action: { payload: { text: 'not sent' } }, problem: { type: '/problems/too-old' } },
    ]);
    expect(world.server.texts()).toEqual(['sent']);
    expect(tab.texts).toEqual(['sent']);
    expect(tab.state.pending).toEqual([]);
  });

  it('a sent action whose receipt may have expired is rejected as outcome-unknown', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(1000);
    world.server.always = FAULTS['reply lost'];
    const tab = world.open();
    tab.add('sent');
    await tab.until(({ state }) => state.status === 'offline');
    now.mockReturnValue(81 * 86_400_000);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(rejectedOf(tab)).toMatchObject([{ problem: { type: '/problems/outcome-unknown' } }]);
    expect(world.server.texts()).toEqual(['sent']);
    expect(tab.texts).toEqual(['sent']);
  });

  it('a clock that was a day ahead loses no action', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(90_000_000);
    world.server.always = FAULTS['request lost'];
    const tab = world.open({ maxOfflineAgeMs: 5000 });
    tab.add('a');
    await tab.until(({ state }) => state.status === 'offline');
    now.mockReturnValue(3_600_000);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('close()', () => {
  it('stores all dispatched actions, and aborts the request in flight', async () => {
    world.server.always = () => new Promise(() => undefined);
    const tab = world.open();
    await tick();
    tab.add('a');
    await tab.sync.close();
    await tab.sync.close();
    world.server.always = undefined;
    const again = world.open();
    await again.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('another user', () => {
  it('of the same browser has a separate outbox', async () => {
    world.server.always = FAULTS['request lost'];
    const ada = world.open({ user: 'ada' });
    ada.add('hers');
    await ada.until(({ state }) => state.status === 'offline');
    await ada.close();
    world.server.always = undefined;
    const grace = world.open({ user: 'grace' });
    await grace.until(synced);
    expect(grace.state.pending).toEqual([]);
    expect(world.server.texts()).toEqual([]);
    await grace.close();
    const again = world.open({ user: 'ada' });
    await again.until(({ texts }) => texts.includes('hers'));
    await again.until(synced);
    expect(world.server.texts()).toEqual(['hers']);
  });
});
