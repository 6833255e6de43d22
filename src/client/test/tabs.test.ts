import { afterEach, describe, expect, it, vi } from 'vitest';
import { ACK_MS } from '../src/tabs.js';
import { holdOpens } from './support/databases.js';
import { FAULTS, type Asked } from './support/server.js';
import { tick, World, type Tab } from './support/world.js';

let world: World;
afterEach(() => {
  vi.useRealTimers();
  return world.close();
});

const synced = ({ state }: Tab): boolean => state.status === 'synced';

describe.each([true, false])('two tabs, with Web Locks: %s', (hasLocks) => {
  const open = (): [Tab, Tab] => {
    world = new World(hasLocks);
    return [world.open(), world.open()];
  };

  it('share the outbox, the state and the status', async () => {
    const [one, two] = open();
    two.add('a');
    one.add('b');
    await one.until((tab) => synced(tab) && tab.texts.length === 2);
    await two.until((tab) => synced(tab) && tab.texts.length === 2);
    expect([...world.server.texts()].sort()).toEqual(['a', 'b']);
    expect(two.texts).toEqual(world.server.texts());
    expect(one.texts).toEqual(world.server.texts());
  });

  it('apply each action once under concurrent flushes', async () => {
    const [one, two] = open();
    world.server.faults.push(FAULTS['reply lost'], FAULTS['reply lost']);
    const texts = Array.from({ length: 30 }, (_, index) => String(index));
    for (const text of texts) {
      (Number(text) % 2 ? one : two).add(text);
      void one.sync.flush();
      void two.sync.flush();
      await tick();
    }
    await one.sync.flush();
    await two.sync.flush();
    await one.until(synced);
    await two.until(synced);
    expect([...world.server.texts()].sort()).toEqual([...texts].sort());
    expect(one.texts).toEqual(world.server.texts());
    expect(two.texts).toEqual(world.server.texts());
  });

  it('one takes over the batch of the other when that is killed', async () => {
    const [one, two] = open();
    await one.until(synced);
    world.server.faults.push(async (asked, server) => {
      await server(asked);
      one.kill();
      throw new TypeError('nobody is there any more');
    });
    one.add('a');
    await two.until((tab) => synced(tab) && tab.texts.includes('a'));
    two.add('b');
    await two.until((tab) => synced(tab) && tab.texts.includes('b'));
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('pause and resume together', async () => {
    const [one, two] = open();
    await one.until(synced);
    await two.until(synced);
    two.sync.pause();
    await one.until(({ state }) => state.paused);
    one.add('a');
    await two.until(({ state }) => state.pending.length === 1);
    expect(world.server.texts()).toEqual([]);
    two.sync.resume();
    await two.until((tab) => synced(tab) && tab.texts.includes('a'));
    await one.until((tab) => synced(tab) && !tab.state.paused);
  });

  it.each([0, 1])('the credentials of tab %s suffice for the actions of both', async (good) => {
    world = new World(hasLocks);
    const tabs = [0, 1].map((index) =>
      world.open({ headers: () => ({ authorization: String(index) }) }),
    );
    world.server.always = (asked, server) =>
      asked.headers['authorization'] === String(good)
        ? server(asked)
        : new Response(null, { status: 401 });
    for (const tab of tabs) tab.add('a');
    await tabs[good]?.until((tab) => synced(tab) && tab.texts.length === 2);
    expect(world.server.texts()).toEqual(['a', 'a']);
  });

  it('stop sending when none of them has valid credentials', async () => {
    world = new World(hasLocks);
    const tabs = Array.from({ length: 4 }, () => world.open());
    let count = 0;
    world.server.always = () => {
      count += 1;
      return new Response(null, { status: 401 });
    };
    for (const tab of tabs) tab.add('a');
    for (const tab of tabs) await tab.until(({ state }) => state.status === 'needsAuth');
    for (let ticks = 0; ticks < 200; ticks++) await tick();
    const before = count;
    for (let ticks = 0; ticks < 200; ticks++) await tick();
    expect(count).toBe(before);
    expect(tabs.map(({ state }) => state.pending.length)).toEqual([4, 4, 4, 4]);
  });

  it('the remaining one tries its own credentials after the other has closed', async () => {
    const [one, two] = open();
    world.server.always = () => new Response(null, { status: 401 });
    two.add('a');
    await one.until(({ state }) => state.status === 'needsAuth');
    await two.until(({ state }) => state.status === 'needsAuth');
    world.server.always = undefined;
    await one.close();
    if (hasLocks) await two.until(synced);
    else await two.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });

  it('new credentials in one tab serve both', async () => {
    const [one, two] = open();
    world.server.always = () => new Response(null, { status: 401 });
    two.add('a');
    await one.until(({ state }) => state.status === 'needsAuth');
    await two.until(({ state }) => state.status === 'needsAuth');
    world.server.always = undefined;
    two.sync.resume();
    await two.until((tab) => synced(tab) && tab.state.version === 1);
    await one.until((tab) => synced(tab) && tab.state.version === 1);
  });

  it('flush() in either tab resolves after an attempt', async () => {
    const [one, two] = open();
    world.server.always = FAULTS['request lost'];
    one.add('a');
    await one.until(({ state }) => state.status === 'offline');
    world.server.always = undefined;
    await two.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });

  it('that become visible fetch the changes of others', async () => {
    const [one, two] = open();
    await one.until(synced);
    await two.until(synced);
    world.server.write('theirs');
    two.document.dispatchEvent(new Event('visibilitychange'));
    await two.until(({ texts }) => texts.includes('theirs'));
    await one.until(({ texts }) => texts.includes('theirs'));
  });

  it('a batch sent from memory stays apart from the stored queue', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    world = new World(hasLocks);
    let isFull = false;
    const one = world.open();
    const two = world.open(
      {},
      {
        update: (go) =>
          isFull ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : go(),
      },
    );
    // Now both know the server's time.
    for (const tab of [one, two]) await tab.sync.flush();
    isFull = true;
    world.server.always = FAULTS['reply lost'];
    two.add('a');
    await two.until(({ state }) => state.pending[0]?.sent === true && state.status === 'offline');
    world.server.always = FAULTS['request lost'];
    one.add('x');
    await one.until(({ state }) => state.pending[0]?.sent === true);
    isFull = false;
    two.add('b');
    await two.until(({ state }) => state.pending.length > 1);
    for (let ticks = 0; ticks < 50; ticks++) await tick();
    world.server.always = undefined;
    await two.sync.flush();
    await one.sync.flush();
    await two.sync.flush();
    await two.until((tab) => synced(tab) && tab.state.version === 3);
    expect([...world.server.texts()].sort()).toEqual(['a', 'b', 'x']);
    expect([...one.state.rejected, ...two.state.rejected]).toEqual([]);
  });

  it('a new tab learns of the pause', async () => {
    const [one, two] = open();
    await one.until(synced);
    await two.until(synced);
    one.sync.pause();
    const three = world.open();
    if (hasLocks) await three.until(({ state }) => state.paused);
    one.sync.resume();
    three.add('a');
    await three.until((tab) => synced(tab) && tab.state.version === 1);
  });

  it('both send when one of them cannot store', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    world = new World(hasLocks);
    const one = world.open();
    const two = world.open(
      {},
      { update: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) },
    );
    await one.until(synced);
    two.add('a');
    await two.until(({ state }) => !state.durable);
    await one.until(({ texts }) => texts.includes('a') || world.server.texts().includes('a'));
    expect(world.server.texts()).toEqual(['a']);
    await two.until(({ state }) => state.pending.length === 0);
  });
});

describe('two tabs with Web Locks', () => {
  it('have one sender', async () => {
    world = new World();
    const senders = new Set<string>();
    const tabs = ['one', 'two', 'three'].map((name) =>
      world.open({
        fetch: (url, init) => {
          senders.add(name);
          return world.server.fetch(url, init);
        },
      }),
    );
    for (const tab of tabs) tab.add('x');
    for (const tab of tabs) await tab.until((other) => synced(other) && other.texts.length === 3);
    expect(senders.size).toBe(1);
  });

  /** Opens a tab that leads and one that does not; `senders` has the name of the sender of each batch. */
  const openLed = (
    fault?: (name: string) => ReturnType<(typeof FAULTS)['request lost']> | undefined,
  ): { one: Tab; two: Tab; senders: string[] } => {
    world = new World();
    const senders: string[] = [];
    const [one, two] = ['one', 'two'].map((name) =>
      world.open({
        fetch: (url, init) => {
          if (init.method === 'POST') senders.push(name);
          return fault?.(name) ?? world.server.fetch(url, init);
        },
      }),
    ) as [Tab, Tab];
    return { one, two, senders };
  };
  const fakeTimeouts = (): void => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  };
  /** Lets the tabs do what they do at once, and then waits for as long as a leader may be silent. */
  const passDeadline = async (): Promise<void> => {
    for (let ticks = 0; ticks < 300; ticks++) await tick();
    await vi.advanceTimersByTimeAsync(ACK_MS);
  };

  it('keep the leader that answers', async () => {
    fakeTimeouts();
    const { one, two, senders } = openLed();
    await two.until(synced);
    for (const text of ['a', 'b', 'c']) {
      two.add(text);
      await passDeadline();
    }
    for (const tab of [one, two])
      await tab.until((each) => synced(each) && each.state.version === 3);
    expect(new Set(senders)).toEqual(new Set(['one']));
  });

  it('replace a leader that stalls, until that follows', async () => {
    const { one, two, senders } = openLed();
    await two.until(synced);
    fakeTimeouts();
    const resume = one.stall();
    two.add('a');
    await passDeadline();
    await two.until((tab) => synced(tab) && tab.state.version === 1);
    resume();
    await one.until((tab) => synced(tab) && tab.state.version === 1);
    one.add('b');
    for (const tab of [one, two])
      await tab.until((each) => synced(each) && each.state.version === 2);
    expect(senders).toEqual(['two', 'two']);
    expect(world.server.texts()).toEqual(['a', 'b']);
    await two.close();
    one.add('c');
    await one.until((tab) => synced(tab) && tab.state.version === 3);
  });

  it('send the batch of a leader that stalls under the same key', async () => {
    const { one, two, senders } = openLed();
    await two.until(synced);
    fakeTimeouts();
    const sent: Asked[] = [];
    let resume = (): void => undefined;
    world.server.always = async (asked, server) => {
      if (asked.method === 'POST' && sent.push(asked) === 1) resume = one.stall();
      return server(asked);
    };
    one.add('a');
    await two.until(({ state }) => state.pending[0]?.sent === true);
    two.add('b');
    await passDeadline();
    await two.until((tab) => synced(tab) && tab.state.version === 2);
    resume();
    for (const tab of [one, two])
      await tab.until((each) => synced(each) && each.state.version === 2);
    expect(senders).toEqual(['one', 'two', 'two']);
    const [first, again] = sent.map(({ key, body }) => ({ key, body }));
    expect(again).toEqual(first);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('replace a leader that cannot reach the server', async () => {
    const { one, two, senders } = openLed((name) =>
      name === 'one' ? FAULTS['request lost']() : undefined,
    );
    two.add('a');
    await two.until((tab) => synced(tab) && tab.state.version === 1);
    const before = senders.length;
    one.add('b');
    for (const tab of [one, two])
      await tab.until((each) => synced(each) && each.state.version === 2);
    expect(new Set(senders.slice(before))).toEqual(new Set(['two']));
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('send even when the browser never grants a lock', async () => {
    world = new World();
    fakeTimeouts();
    const request = (): Promise<never> => new Promise(() => undefined);
    vi.spyOn(world.locks, 'ofTab').mockReturnValue({ request, kill: () => undefined });
    const tab = world.open();
    tab.add('a');
    await passDeadline();
    await tab.until((each) => synced(each) && each.state.version === 1);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('replace a leader whose database does not answer', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    world = new World();
    fakeTimeouts();
    const opens = holdOpens(world.factory);
    const one = world.open();
    await passDeadline();
    await one.until(synced);
    opens.stop();
    const two = world.open();
    two.add('a');
    await passDeadline();
    await two.until((tab) => synced(tab) && tab.state.version === 1);
    opens.answer();
    one.add('b');
    for (const tab of [one, two])
      await tab.until((each) => synced(each) && each.state.version === 2);
    expect(one.state.durable).toBe(true);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('two clients of one stream in one page, as React creates in development, work as two tabs', async () => {
    world = new World();
    world.open();
    const used = world.open();
    used.add('a');
    await used.until((tab) => synced(tab) && tab.state.version === 1);
    expect(world.server.texts()).toEqual(['a']);
  });
});
