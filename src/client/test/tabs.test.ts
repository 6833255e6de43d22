import { afterEach, describe, expect, it, vi } from 'vitest';
import { FAULTS } from './support/server.js';
import { tick, World, type Tab } from './support/world.js';

let world: World;
afterEach(() => world.close());

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
    let isFull = true;
    world.server.always = FAULTS['request lost'];
    const one = world.open();
    const two = world.open(
      {},
      {
        update: (go) =>
          isFull ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : go(),
      },
    );
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

  it('two clients of one stream in one page, as React creates in development, work as two tabs', async () => {
    world = new World();
    world.open();
    const used = world.open();
    used.add('a');
    await used.until((tab) => synced(tab) && tab.state.version === 1);
    expect(world.server.texts()).toEqual(['a']);
  });
});
