import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAULTS, problem, type Fault } from './support/server.js';
import type { RejectedAction } from '../src/index.js';
import { tick, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced';
const rejectedOf = ({ state }: Tab): readonly RejectedAction[] => state.rejected;
const pendingOf = ({ state }: Tab): unknown[] => state.pending.map(({ action }) => action.payload);
const posts = (): string[] => world.server.asked.flatMap(({ body }) => body ?? []);
const ticks = async (): Promise<void> => {
  for (let count = 0; count < 20; count++) await tick();
};

/** Opens a page that knows the server's state and time. */
const openSynced = async (options: Parameters<World['open']>[0] = {}): Promise<Tab> => {
  const tab = world.open(options);
  await tab.until(synced);
  return tab;
};

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
    const tab = await openSynced();
    world.server.faults.push(FAULTS['request lost'], FAULTS['reply lost']);
    tab.add('a', 'b');
    await tab.until(({ state }) => state.status === 'offline');
    tab.add('c');
    await tab.sync.flush();
    tab.kill();
    await openSynced();
    const sent = world.server.asked.filter(({ method }) => method === 'POST');
    expect(sent[1]).toMatchObject({ key: sent[0]?.key, body: sent[0]?.body });
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
});

describe('time', () => {
  const DAY_MS = 86_400_000;
  /** Sets this computer's clock, and how far the server's differs from it. */
  const setClock = (ms: number, serverAheadMs = 0): void => {
    vi.spyOn(Date, 'now').mockReturnValue(ms);
    world.server.aheadMs = serverAheadMs;
  };
  const start = Date.now();

  /** Ends a page after an action that was sent without an answer, and one that was not sent. */
  const leave = async (): Promise<void> => {
    setClock(start);
    const tab = await openSynced();
    world.server.always = FAULTS['reply lost'];
    tab.add('sent');
    await tab.until(({ state }) => state.status === 'offline');
    tab.add('not sent');
    await ticks();
    tab.kill();
    world.server.always = undefined;
  };

  it('an unsent action that waited too long is rejected; a sent one is repeated unchanged', async () => {
    await leave();
    setClock(start + 7000);
    const tab = world.open({ maxOfflineAgeMs: 5000 });
    await tab.until(synced);
    expect(rejectedOf(tab)).toMatchObject([
      { action: { payload: { text: 'not sent' } }, problem: { type: '/problems/too-old' } },
    ]);
    expect(world.server.texts()).toEqual(['sent']);
    expect(tab.texts).toEqual(['sent']);
  });

  it.each([
    ['right', 81 * DAY_MS, 0],
    ['81 days behind', 0, 81 * DAY_MS],
  ])(
    'a sent action whose receipt may have expired is not sent again, with a clock that is %s',
    async (_, laterMs, serverAheadMs) => {
      await leave();
      setClock(start + laterMs, serverAheadMs);
      world.server.asked.length = 0;
      const tab = await openSynced({ maxOfflineAgeMs: 82 * DAY_MS });
      expect(rejectedOf(tab)).toMatchObject([{ problem: { type: '/problems/outcome-unknown' } }]);
      expect(world.server.texts()).toEqual(['sent', 'not sent']);
      expect(posts().map((body) => body.includes('"sent"'))).toEqual([false]);
    },
  );

  it.each([
    ['ahead', 400],
    ['behind', -400],
  ])('a clock that is %s rejects no action, nor when it is set right', async (_, days) => {
    setClock(start);
    await (await openSynced()).close();
    for (const [text, isSet, nowMs] of [
      ['a', true, start + 2000],
      ['b', false, start + 6000],
    ] as const) {
      setClock(nowMs + days * DAY_MS, -days * DAY_MS);
      world.server.always = FAULTS['request lost'];
      const tab = world.open();
      tab.add(text);
      await tab.until(({ state }) => state.status === 'offline');
      world.server.always = undefined;
      if (isSet) {
        tab.kill();
        setClock(nowMs + 2000);
        await (await openSynced()).close();
      } else {
        await tab.sync.flush();
      }
    }
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('a clock that is behind rejects no action of a page that never had an answer', async () => {
    setClock(0, start);
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('is asked for before anything is sent, also after the computer’s clock was set', async () => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    setClock(start + 400 * DAY_MS);
    tab.add('b');
    await tab.until(synced);
    const asked = world.server.asked.map(({ method }) => method);
    expect(asked).toEqual(['GET', 'POST', 'GET', 'POST']);
  });

  it('is told by a fault as well', async () => {
    world.server.always = (asked, server) =>
      asked.body === undefined ? FAULTS.internal(asked, server) : server(asked);
    const tab = world.open();
    tab.add('a');
    await tab.until(({ state }) => state.status === 'error');
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('an answer that a service worker has kept', () => {
  it('does not take the version back', async () => {
    const tab = await openSynced();
    world.server.write('one');
    await tab.sync.flush();
    world.server.write('two');
    world.server.aheadMs += 2000;
    await tab.sync.flush();
    world.server.always = world.server.kept(1);
    await tab.sync.flush();
    expect(tab.state).toMatchObject({
      status: 'offline',
      version: 2,
      problem: { type: '/problems/stale-answer' },
    });
    world.server.always = undefined;
    await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'synced', version: 2 });
  });

  it('is no connection, however new it is', async () => {
    world.server.write('one');
    await (await openSynced()).close();
    world.server.always = world.server.kept(-1);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    const tab = world.open();
    await tab.until(({ state }) => state.status === 'offline');
    expect(tab.texts).toEqual(['one']);
  });

  it('is not taken for the word of a server that was reset', async () => {
    world.server.write('one');
    world.server.write('two');
    const tab = await openSynced();
    world.server.reset();
    await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'synced', version: 0 });
    expect(tab.texts).toEqual([]);
    world.server.write('three');
    world.server.aheadMs += 2000;
    await tab.sync.flush();
    expect(tab.texts).toEqual(['three']);
  });
});

describe('a stream that has not changed', () => {
  it('is answered without its state', async () => {
    world.server.write('one');
    const tab = await openSynced();
    const statuses: number[] = [];
    world.server.always = async (asked, server) => {
      const response = await server(asked);
      statuses.push(response.status);
      return response;
    };
    const before = tab.store.getState().notebook;
    await tab.sync.flush();
    world.server.write('two');
    await tab.sync.flush();
    expect(statuses).toEqual([304, 200]);
    expect(before.texts).toEqual(['one']);
    expect(tab.texts).toEqual(['one', 'two']);
  });
});

/** The server has a fault with batches that have the word "bad". */
const failing: Fault = (asked, server) =>
  asked.body?.includes('bad') ? FAULTS.internal(asked, server) : server(asked);

describe('a fault of the server that is not retryable', () => {
  it('rejects the action that causes it, after six attempts, and sends the others', async () => {
    const tab = await openSynced();
    world.server.always = failing;
    tab.sync.pause();
    tab.add('a', 'bad', 'b');
    tab.sync.resume();
    for (let count = 0; count < 5; count++) await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'error', rejected: [] });
    expect(pendingOf(tab)).toHaveLength(3);
    while (tab.state.status !== 'synced') await tab.sync.flush();
    expect(rejectedOf(tab)).toMatchObject([
      { action: { payload: { text: 'bad' } }, problem: { type: '/problems/internal' } },
    ]);
    expect(world.server.texts()).toEqual(['a', 'b']);
    expect(tab.texts).toEqual(['a', 'b']);
  });

  it('does not reject what was applied', async () => {
    const tab = await openSynced();
    const { internal } = FAULTS;
    world.server.faults.push(FAULTS['reply lost'], internal, internal, FAULTS['request lost']);
    tab.add('a');
    for (let count = 0; count < 5; count++) await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'synced', rejected: [] });
    expect(world.server.texts()).toEqual(['a']);
  });

  it('is not one that is retryable, nor one of a gateway', async () => {
    const tab = await openSynced();
    for (const answer of [
      () => problem(503, 'conflict', { retryable: true }),
      () => new Response('Bad Gateway', { status: 502 }),
    ]) {
      world.server.always = answer;
      tab.add('a');
      for (let count = 0; count < 8; count++) await tab.sync.flush();
    }
    expect(tab.state).toMatchObject({ rejected: [], pending: [{}, {}] });
  });
});

describe('discard()', () => {
  const discard = async (tab: Tab, index: number): Promise<void> =>
    tab.sync.discard(tab.state.pending[index]?.id ?? '');

  it('keeps an action that was not sent from being sent', async () => {
    const tab = await openSynced();
    tab.sync.pause();
    tab.add('a', 'b');
    await discard(tab, 0);
    expect(tab.texts).toEqual(['b']);
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['b']);
  });

  it('of a sent action leaves its batch as it is; the action may be in force', async () => {
    const tab = await openSynced();
    world.server.faults.push(FAULTS['reply lost']);
    tab.add('a', 'b');
    await tab.until(({ state }) => state.status === 'offline');
    await discard(tab, 0);
    expect(pendingOf(tab)).toEqual([{ text: 'b' }]);
    expect(tab.texts).toEqual(['b']);
    await tab.sync.flush();
    expect(new Set(posts()).size).toBe(1);
    expect(tab.state).toMatchObject({ status: 'synced', rejected: [] });
    expect(tab.texts).toEqual(['a', 'b']);
  });

  it('lets the others go on when the server has a fault with it', async () => {
    const tab = await openSynced();
    world.server.always = failing;
    tab.add('bad');
    await tab.until(({ state }) => state.status === 'error');
    tab.add('b');
    await discard(tab, 0);
    await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'synced', rejected: [] });
    expect(world.server.texts()).toEqual(['b']);
  });

  it('drops the action when its batch is given up', async () => {
    const tab = await openSynced();
    world.server.always = failing;
    tab.sync.pause();
    tab.add('bad', 'b');
    tab.sync.resume();
    await tab.until(({ state }) => state.status === 'error');
    await discard(tab, 0);
    for (let count = 0; count < 6; count++) await tab.sync.flush();
    expect(tab.state).toMatchObject({ status: 'synced', rejected: [] });
    expect(world.server.texts()).toEqual(['b']);
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
