import { combineReducers } from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAULTS } from './support/server.js';
import { added, root, tick, World, type Tab, type TabOptions } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
  });
});
afterEach(async () => {
  await world.close();
  vi.useRealTimers();
});

const MINUTE_MS = 60_000;
/** Lets time pass, in steps that are shorter than any deadline. */
const pass = async (ms: number, stepMs = Math.min(2000, ms / 10)): Promise<void> => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    vi.advanceTimersByTime(Math.min(stepMs, ms - passed));
    for (let ticks = 0; ticks < 15; ticks++) await tick();
  }
};
const open = (options: TabOptions = {}, reducer = root): Tab =>
  world.open({ isPushed: true, ...options }, {}, reducer);
const openLive = async (options: TabOptions = {}, reducer = root): Promise<Tab> => {
  const tab = open(options, reducer);
  await pass(2000);
  expect(tab.state.status).toBe('live');
  return tab;
};
const reads = (): number => world.server.asked.filter(({ method }) => method === 'GET').length;
const connections = (): number => world.server.sockets.open.size;
const followed = (): string[] =>
  [...world.server.sockets.open].flatMap(({ follows }) => [...follows]).sort();
const hide = (tab: Tab, visibilityState: string): void => {
  tab.document.visibilityState = visibilityState;
  tab.document.dispatchEvent(new Event('visibilitychange'));
};

describe('a change of another', () => {
  it('is shown without a request', async () => {
    const tab = await openLive();
    world.server.write('first');
    await pass(100);
    // The first event of a stream is fetched.
    expect(tab.texts).toEqual(['first']);
    const before = reads();
    world.server.write('a');
    world.server.write('b');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a', 'b']);
    expect(tab.state).toMatchObject({ status: 'live', version: 3 });
    expect(reads()).toBe(before);
  });

  it('is fetched when it comes without its events, once for many', async () => {
    world.server.write('first');
    const tab = await openLive();
    world.server.sockets.hasEvents = false;
    const before = reads();
    for (let count = 0; count < 10; count++) world.server.write(String(count));
    await pass(100);
    expect(tab.state).toMatchObject({ status: 'live', version: 11 });
    expect(reads() - before).toBeLessThanOrEqual(2);
    expect(world.server.asked.at(-1)?.path).toMatch(/\?since=/);
  });

  it('is fetched again when it comes during a fetch that lacks it', async () => {
    world.server.write('first');
    const tab = await openLive();
    world.server.sockets.hasEvents = false;
    world.server.always = async (asked, server) => {
      const response = await server(asked);
      if (world.server.texts().length < 4) world.server.write('during');
      for (let ticks = 0; ticks < 10; ticks++) await tick();
      return response;
    };
    world.server.write('a');
    await pass(200);
    expect(tab.texts).toEqual(['first', 'a', 'during', 'during']);
    expect(tab.state.status).toBe('live');
  });

  it('is fetched when a version between is missing, and one that comes again or late does nothing', async () => {
    world.server.write('first');
    const tab = await openLive();
    world.server.sockets.fates.push('lost', 'twice');
    world.server.write('a');
    world.server.write('b');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a', 'b']);
    world.server.sockets.fates.push('late', 'late');
    world.server.write('c');
    world.server.write('d');
    world.server.sockets.deliver();
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a', 'b', 'c', 'd']);
    expect(tab.state.status).toBe('live');
  });

  it('goes before what is pending', async () => {
    world.server.write('first');
    const tab = await openLive();
    world.server.always = FAULTS['request lost'];
    tab.add('mine');
    await pass(100);
    world.server.write('theirs');
    await pass(100);
    world.server.always = undefined;
    await pass(5000);
    expect(tab.texts).toEqual(['first', 'theirs', 'mine']);
    expect(tab.state.status).toBe('live');
  });

  it('of this tab is shown once, whichever comes first', async () => {
    world.server.write('first');
    const tab = await openLive();
    const shown = new Set<string>();
    tab.store.subscribe(() => shown.add(tab.texts.join()));
    world.server.always = async (asked, server) => {
      const response = await server(asked);
      // The server has told of it by then.
      for (let ticks = 0; ticks < 10; ticks++) await tick();
      return response;
    };
    tab.add('mine');
    await pass(100);
    expect([...shown]).toEqual(['first,mine']);
    expect(tab.state.status).toBe('live');
  });

  it('is fetched when the reducers here do not know it', async () => {
    world.server.write('first');
    const mirror = combineReducers({
      notebook: (state = { texts: [] as string[] }) => state,
      other: (state = { texts: [] as string[] }) => state,
      local: (state = { clicks: 0, seen: 0 }) => state,
    });
    const tab = await openLive({}, mirror);
    const before = reads();
    world.server.write('a');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a']);
    expect(reads()).toBe(before + 1);
  });

  it('is shown as the reducers here make it for some minutes, and never the base of a patch', async () => {
    world.server.write('first');
    const loud: typeof root = (state, action) => {
      const { payload } = action as { payload?: { text: string } };
      const text = payload?.text.toUpperCase();
      return root(state, text === undefined ? action : added({ text }));
    };
    const tab = await openLive({}, loud);
    world.server.write('a');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'A']);
    tab.add('b');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a', 'b']);
    world.server.write('c');
    await pass(100);
    expect(tab.texts).toEqual(['first', 'a', 'b', 'C']);
    await pass(6 * MINUTE_MS);
    expect(tab.texts).toEqual(['first', 'a', 'b', 'c']);
    expect(world.server.asked.every(({ path }) => !/since=(2|4)/.test(path))).toBe(true);
  });
});

describe('a server that has lost what it told', () => {
  it.each(['with', 'without'])('is believed, %s a new stream', async (how) => {
    world.server.write('first');
    world.server.write('second');
    const tab = await openLive();
    world.server.write('a');
    await pass(100);
    world.server.reset();
    if (how === 'with') world.server.write('new');
    await tab.sync.flush();
    expect(tab.texts).toEqual(how === 'with' ? ['new'] : []);
  });
});

describe('a connection', () => {
  it('that ends is replaced, and what was missed is fetched', async () => {
    const tab = await openLive();
    for (const socket of world.server.sockets.open) socket.end();
    await pass(100);
    expect(tab.state.status).toBe('synced');
    world.server.write('missed');
    expect(tab.texts).toEqual([]);
    await pass(6000);
    expect(tab.texts).toEqual(['missed']);
    expect(tab.state.status).toBe('live');
    expect(world.server.sockets.tickets).toBe(2);
  });

  it('is replaced before it ends, and told of changes by one of the two at any time', async () => {
    world.server.sockets.lifeMs = 10 * MINUTE_MS;
    world.server.write('first');
    const tab = await openLive();
    const before = reads();
    const { open: sockets } = world.server.sockets;
    const left: string[] = [];
    vi.spyOn(sockets, 'delete').mockImplementation((socket) => {
      const isOpen = Set.prototype.delete.call(sockets, socket);
      if (isOpen) left.push(followed().join());
      return isOpen;
    });
    for (let minute = 0; minute < 30; minute++) {
      await pass(MINUTE_MS, 500);
      expect(connections()).toBe(1);
      expect(tab.state.status).toBe('live');
      if (minute % 4 === 0) world.server.write(`${minute}`);
    }
    await pass(100);
    expect(tab.state.version).toBe(9);
    expect(new Set(left)).toEqual(new Set(['notebook/n-1']));
    expect(world.server.sockets.tickets).toBeGreaterThanOrEqual(4);
    // Only what push has told is confirmed now and then.
    expect(reads() - before).toBeLessThanOrEqual(8);
  });

  it('follows everything again every five minutes, and is found dead by that', async () => {
    const tab = await openLive();
    for (let minute = 0; minute < 11; minute++) {
      world.server.write(`${minute}`);
      await pass(MINUTE_MS);
    }
    expect(world.server.sockets.heard).toHaveLength(3);
    expect(new Set(world.server.sockets.heard).size).toBe(1);
    expect(tab.state.status).toBe('live');
    world.server.sockets.fates.push('lost');
    await pass(6 * MINUTE_MS);
    expect(world.server.sockets.tickets).toBe(2);
    expect(connections()).toBe(1);
  });

  it('learns within five minutes what a lost message would have told', async () => {
    const tab = await openLive();
    world.server.sockets.fates.push('lost');
    world.server.write('a');
    await pass(MINUTE_MS);
    expect(tab.texts).toEqual([]);
    await pass(5 * MINUTE_MS);
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.status).toBe('live');
    expect(world.server.sockets.tickets).toBe(1);
  });

  it('is found dead while streams are opened and closed all the time', async () => {
    const tab = await openLive();
    world.server.sockets.fates.push('lost');
    for (let second = 0; second < 30; second += 5) {
      const other = tab.open(`n-${second + 2}`, 'other');
      await pass(2500);
      other.close();
      await pass(2500);
    }
    expect(world.server.sockets.tickets).toBe(2);
    expect(tab.state.status).toBe('live');
  });

  it('is over at its end, and not replaced after it', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    world.server.sockets.lifeMs = 40_000;
    const tab = await openLive();
    await pass(37_000);
    expect(tab.state.status).toBe('live');
    expect(world.server.sockets.tickets).toBe(1);
    await pass(3000);
    expect(tab.state.status).toBe('synced');
    expect(connections()).toBe(0);
    world.server.write('a');
    await pass(5000);
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.status).toBe('live');
  });

  it('is over when a message comes after its end, as after a sleep', async () => {
    world.server.write('first');
    const tab = await openLive();
    vi.setSystemTime(Date.now() + 121 * MINUTE_MS);
    world.server.write('a');
    for (let ticks = 0; ticks < 15; ticks++) await tick();
    expect(connections()).toBe(0);
    expect(tab.state.status).toBe('synced');
    await pass(6000);
    expect(tab.texts).toEqual(['first', 'a']);
    expect(tab.state.status).toBe('live');
  });

  it('that never opens, or is never answered, is given up', async () => {
    world.server.sockets.fates.push('lost');
    const tab = open();
    await pass(2000);
    expect(tab.state.status).toBe('synced');
    await pass(20_000);
    expect(tab.state.status).toBe('live');
    world.server.sockets.fates.push('lost');
    tab.open('n-2', 'other');
    await pass(25_000);
    expect(followed()).toEqual(['notebook/n-1', 'notebook/n-2']);
    expect(tab.sync.selectStatus(tab.store.getState())).toBe('live');
  });

  it('that is told to have expired is replaced', async () => {
    const tab = await openLive();
    for (const socket of world.server.sockets.open) {
      world.server.sockets.say(socket, { type: 'expired' });
    }
    await pass(6000);
    expect(tab.state.status).toBe('live');
    expect(world.server.sockets.tickets).toBe(2);
  });

  it('is not tried again soon where the server does not push; then the page polls', async () => {
    world.server.sockets.isOn = false;
    const tab = open();
    await pass(2000);
    world.server.write('a');
    await pass(MINUTE_MS);
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.status).toBe('synced');
    const tickets = (): number =>
      world.server.asked.filter(({ path }) => path === '/sockets').length;
    tab.stream.close();
    await pass(MINUTE_MS);
    tab.open('n-1', 'notebook');
    await pass(49 * MINUTE_MS);
    expect(tickets()).toBe(1);
    world.server.sockets.isOn = true;
    await pass(15 * MINUTE_MS);
    expect(tickets()).toBe(2);
    expect(tab.state.status).toBe('live');
    const before = reads();
    await pass(3 * MINUTE_MS);
    expect(reads()).toBe(before);
  });

  it('that could not be opened is tried again as soon as the server answers', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    world.server.always = FAULTS['request lost'];
    const tab = open();
    await pass(3 * MINUTE_MS);
    world.server.always = undefined;
    void tab.sync.flush();
    await pass(2000);
    expect(tab.state.status).toBe('live');
  });

  it('waits longer after each failure', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const times: number[] = [];
    world.server.always = (asked, server) => {
      if (asked.path !== '/sockets') return server(asked);
      times.push(performance.now());
      return FAULTS['request lost']();
    };
    const tab = open({ pollMs: 0 });
    await pass(6 * MINUTE_MS);
    const waits = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1000));
    expect(waits.slice(0, 6)).toEqual([4, 8, 16, 32, 60, 60]);
    expect(tab.state.status).toBe('synced');
  });

  it.each<[string, (tab: Tab) => unknown, (tab: Tab) => unknown]>([
    [
      'paused',
      ({ sync }) => {
        sync.pause();
      },
      ({ sync }) => {
        sync.resume();
      },
    ],
    [
      'off line',
      (tab) => {
        tab.onLine = false;
        tab.window.dispatchEvent(new Event('offline'));
      },
      (tab) => {
        tab.onLine = true;
        tab.window.dispatchEvent(new Event('online'));
      },
    ],
    [
      'hidden for a while',
      (tab) => {
        hide(tab, 'hidden');
      },
      (tab) => {
        hide(tab, 'visible');
      },
    ],
  ])('ends while the page is %s', async (_, stop, again) => {
    const tab = await openLive();
    stop(tab);
    await pass(2.5 * MINUTE_MS);
    expect(connections()).toBe(0);
    expect(tab.state.status).not.toBe('live');
    world.server.write('a');
    again(tab);
    await pass(2000);
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.status).toBe('live');
  });

  it.each<[string, (tab: Tab) => unknown]>([
    ['closed', ({ sync }) => sync.close()],
    ['erased', ({ sync }) => sync.erase()],
    [
      'without a stream',
      ({ stream }) => {
        stream.close();
      },
    ],
  ])('ends when the client is %s', async (_, end) => {
    const tab = await openLive();
    void end(tab);
    await pass(200);
    expect(connections()).toBe(0);
    await pass(2 * MINUTE_MS);
    expect(world.server.sockets.tickets).toBe(1);
  });

  it('waits for new credentials', async () => {
    let isGood = false;
    world.server.always = (asked, server) =>
      isGood ? server(asked) : new Response('{}', { status: 401 });
    const tab = open();
    await pass(5 * MINUTE_MS);
    const asked = world.server.asked.length;
    expect(asked).toBe(0);
    isGood = true;
    tab.sync.resume();
    await pass(2000);
    expect(tab.state.status).toBe('live');
  });

  it('follows many streams, 25 a message, and lets go of those that are closed', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
    const reducer = combineReducers(
      Object.fromEntries(names.map((name) => [name, (state: object = { texts: [] }) => state])),
    );
    const tab = open({ isOpen: false }, reducer as never);
    const streams = names.map((name) => tab.open(name, name));
    await pass(3000, 20);
    expect(followed()).toHaveLength(60);
    const sizes = world.server.sockets.heard.map(
      (text) => (JSON.parse(text) as { streams: unknown[] }).streams.length,
    );
    expect(sizes).toEqual([25, 25, 10]);
    for (const stream of streams.slice(1)) stream.close();
    await pass(1000, 20);
    tab.open('n1', 'n1');
    await pass(1000);
    expect(followed()).toEqual(['notebook/n0', 'notebook/n1']);
    expect(tab.sync.selectStatus(tab.store.getState())).toBe('live');
  });

  it('follows a stream again whose end arrives late', async () => {
    const tab = await openLive();
    const second = tab.open('n-2', 'other');
    await pass(1000);
    world.server.sockets.fates.push('late');
    second.close();
    await pass(1000);
    tab.open('n-2', 'other');
    await pass(1000);
    world.server.sockets.deliver();
    await pass(1000);
    expect(followed()).toEqual(['notebook/n-1', 'notebook/n-2']);
    expect(tab.sync.selectStatus(tab.store.getState())).toBe('live');
  });

  it('is asked again now and then for a stream that has too many followers, which is polled', async () => {
    world.server.sockets.mostFollowers = 0;
    const tab = open();
    await pass(2000);
    world.server.write('a');
    await pass(MINUTE_MS);
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.status).toBe('synced');
    world.server.sockets.mostFollowers = 1;
    await pass(6 * MINUTE_MS);
    expect(tab.state.status).toBe('live');
  });
});

describe('two tabs', () => {
  it('have one connection, which tells of what both show', async () => {
    const one = await openLive();
    const two = open({ id: 'n-2' });
    await pass(2000);
    expect(connections()).toBe(1);
    expect(followed()).toEqual(['notebook/n-1', 'notebook/n-2']);
    for (const id of ['n-1', 'n-2']) world.server.write('first', id);
    await pass(500);
    const before = reads();
    for (const id of ['n-1', 'n-2']) world.server.write('a', id);
    await pass(100);
    for (const tab of [one, two]) {
      expect(tab.texts).toEqual(['first', 'a']);
      expect(tab.state.status).toBe('live');
    }
    expect(reads()).toBe(before);
    await two.close();
    await pass(1000);
    world.server.write('b');
    await pass(100);
    expect(one.texts).toEqual(['first', 'a', 'b']);
  });

  it('show the same at once when the second opens a stream that the first has been told of', async () => {
    world.server.write('first');
    const one = await openLive();
    world.server.write('a');
    await pass(100);
    const two = open();
    await pass(500);
    for (const tab of [one, two]) {
      expect(tab.texts).toEqual(['first', 'a']);
      expect(tab.state).toMatchObject({ status: 'live', version: 2 });
    }
  });

  it('move the connection to the tab that leads', async () => {
    const one = await openLive();
    const two = open();
    await pass(2000);
    await one.close();
    await pass(2000);
    expect(world.server.sockets.tickets).toBe(2);
    expect(connections()).toBe(1);
    world.server.write('a');
    await pass(500);
    expect(two.texts).toEqual(['a']);
    expect(two.state.status).toBe('live');
  });

  it('replace a leader that stalls, until that follows', async () => {
    const one = await openLive();
    const two = open();
    await pass(2000);
    const resume = one.stall();
    world.server.write('a');
    await pass(45_000);
    expect(two.texts).toEqual(['a']);
    expect(two.state.status).toBe('live');
    resume();
    await pass(45_000);
    world.server.write('b');
    await pass(500);
    for (const tab of [one, two]) {
      expect(tab.texts).toEqual(['a', 'b']);
      expect(tab.state.status).toBe('live');
    }
    expect(connections()).toBe(1);
  });

  it('forget what a tab showed that ended without a word', async () => {
    await openLive();
    const two = open({ id: 'n-2' });
    await pass(2000);
    two.kill();
    await pass(3 * MINUTE_MS);
    expect(followed()).toEqual(['notebook/n-1']);
  });

  it('follow what is seen when the leader is hidden', async () => {
    const one = await openLive();
    const two = open();
    await pass(2000);
    hide(one, 'hidden');
    await pass(5 * MINUTE_MS);
    world.server.write('a');
    await pass(500);
    expect(two.texts).toEqual(['a']);
    hide(two, 'hidden');
    await pass(5 * MINUTE_MS);
    expect(connections()).toBe(0);
  });
});
