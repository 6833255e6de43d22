import { IDBFactory, IDBObjectStore as FDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { append, confirm, type Entry } from '../src/queue.js';
import { openStorage } from '../src/storage.js';
import { FAULTS } from './support/server.js';
import { tick, World, type Tab } from './support/world.js';

const entry = (id: string): Entry => ({ id, at: 0, action: { type: 'notebook/added' } });
const open = (factory: IDBFactory, stream = 's'): ReturnType<typeof openStorage> =>
  openStorage(factory, stream);
const requested = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('The request failed.', { cause: request.error }));
    };
  });
/** Opens the database as the client does. */
const opened = (factory: IDBFactory): Promise<IDBDatabase> => {
  const opening = factory.open('roundtrip', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('ledgers');
  return requested(opening);
};
const idsIn = async (storage: Awaited<ReturnType<typeof openStorage>>): Promise<string[]> =>
  (await storage.update((queue) => queue, false)).entries.map(({ id }) => id);

describe('the storage', () => {
  it('keeps streams apart', async () => {
    const factory = new IDBFactory();
    const [one, two] = [await open(factory, 'one'), await open(factory, 'two')];
    await one.update(append(entry('a')), false);
    expect([await idsIn(one), await idsIn(two)]).toEqual([['a'], []]);
  });

  it('closes for a newer version of the page, and opens again', async () => {
    const factory = new IDBFactory();
    const storage = await open(factory);
    await storage.update(append(entry('a')), false);
    const deletion = factory.deleteDatabase('roundtrip');
    await new Promise((resolve, reject) => {
      deletion.onsuccess = resolve;
      deletion.onerror = deletion.onblocked = reject;
    });
    await storage.update(append(entry('b')), false);
    expect(await idsIn(storage)).toEqual(['b']);
  });

  it('opens again after the browser has closed the connection', async () => {
    const factory = new IDBFactory();
    const opened: IDBDatabase[] = [];
    const real = factory.open.bind(factory);
    vi.spyOn(factory, 'open').mockImplementation((...args) => {
      const request = real(...args);
      request.addEventListener('success', () => opened.push(request.result));
      return request;
    });
    const storage = await open(factory);
    await storage.update(append(entry('a')), false);
    // Closed before the event arrives.
    opened.at(-1)?.close();
    await storage.update(append(entry('b')), false);
    const last = opened.at(-1);
    last?.close();
    last?.onclose?.(new Event('close'));
    expect(await idsIn(storage)).toEqual(['a', 'b']);
    expect(opened).toHaveLength(3);
  });

  it('writes only what changed', async () => {
    const put = vi.spyOn(FDBObjectStore.prototype, 'put');
    const storage = await open(new IDBFactory());
    await idsIn(storage);
    expect(put).not.toHaveBeenCalled();
    await storage.update(append(entry('a')), false);
    expect(put).toHaveBeenCalledOnce();
    await storage.update(confirm({ version: 1, state: {}, since: 0 }), false);
    expect(put).toHaveBeenCalledTimes(3);
    put.mockRestore();
  });

  it('writes only the parts of the confirmed state that changed, and another tab reads only those', async () => {
    const factory = new IDBFactory();
    const [one, two] = [await open(factory), await open(factory)];
    const entities = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`c${n}`, { title: `card ${n}` }]),
    );
    const state = { cards: { ids: Object.keys(entities), entities }, settings: { theme: 'dark' } };
    await one.update(confirm({ version: 1, state, since: 0 }), false);
    const before = await two.update((queue) => queue, false);
    expect(before.confirmed).toEqual({ version: 1, state });
    const changed = {
      ...state,
      cards: { ...state.cards, entities: { ...entities, c7: { title: 'new' } } },
    };
    const put = vi.spyOn(FDBObjectStore.prototype, 'put');
    await one.update(confirm({ version: 2, state: changed, since: 1 }), false);
    const keys = put.mock.calls.map(([, key]) => key);
    put.mockRestore();
    expect(keys).toEqual([
      ['s', 'confirmed', expect.stringMatching(/^\[\["cards","entities"\],\d+\]$/)],
      ['s', 'confirmed'],
      's',
    ]);
    const get = vi.spyOn(FDBObjectStore.prototype, 'get');
    const after = await two.update((queue) => queue, false);
    expect(get).toHaveBeenCalledTimes(3);
    await two.update((queue) => queue, false);
    expect(get).toHaveBeenCalledTimes(5);
    get.mockRestore();
    expect(after.confirmed).toEqual({ version: 2, state: changed });
    const [old, next] = [before, after].map((queue) => queue.confirmed?.state as typeof state);
    expect(next?.settings).toBe(old?.settings);
    expect(next?.cards.ids).toBe(old?.cards.ids);
    const kept = Object.keys(entities).filter(
      (id) => next?.cards.entities[id] === old?.cards.entities[id],
    );
    expect(kept).toHaveLength(999);
  });

  it('removes parts that the state no longer has', async () => {
    const factory = new IDBFactory();
    const storage = await open(factory);
    const state = { a: [1], b: [2] };
    await storage.update(confirm({ version: 1, state, since: 0 }), false);
    await storage.update(confirm({ version: 2, state: { b: [2] }, since: 1 }), false);
    const again = await (await open(factory)).update((queue) => queue, false);
    expect(again.confirmed).toEqual({ version: 2, state: { b: [2] } });
    const database = await opened(factory);
    const keys = await requested(
      database.transaction('ledgers').objectStore('ledgers').getAllKeys(),
    );
    expect(keys).toEqual(['s', ['s', 'confirmed'], ['s', 'confirmed', '[["b"]]']]);
    database.close();
  });

  it('keeps what waits in a database of an earlier version, and drops its confirmed state', async () => {
    const factory = new IDBFactory();
    const database = await opened(factory);
    const store = database.transaction('ledgers', 'readwrite').objectStore('ledgers');
    await requested(store.put({ entries: [entry('a')], refusals: [], batch: undefined }, 's'));
    await requested(store.put({ version: 3, state: { texts: ['a'] } }, ['s', 'confirmed']));
    database.close();
    const storage = await open(factory);
    const queue = await storage.update((before) => before, false);
    expect(queue).toMatchObject({ entries: [{ id: 'a' }], confirmed: undefined });
    await storage.update(confirm({ version: 4, state: [], since: 0 }), false);
    const again = await (await open(factory)).update((before) => before, false);
    expect(again).toMatchObject({ entries: [{ id: 'a' }], confirmed: { version: 4, state: [] } });
  });

  it('makes a change completely or not at all', async () => {
    const storage = await open(new IDBFactory());
    await storage.update(append(entry('a')), false);
    const broken = storage.update(
      (queue) => ({ ...queue, entries: [entry('b'), (() => 1) as never] }),
      false,
    );
    await expect(broken).rejects.toThrow();
    expect(await idsIn(storage)).toEqual(['a']);
  });
});

describe('when the storage fails,', () => {
  let world: World;
  let isFull: boolean;
  const hooks = {
    update: <T>(go: () => Promise<T>): Promise<T> =>
      isFull ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : go(),
  };
  const synced = ({ state }: Tab): boolean => state.status === 'synced';

  beforeEach(() => {
    world = new World();
    isFull = false;
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => world.close());

  it('a page that cannot open it works online and reports it', async () => {
    const tab = world.open(
      {},
      { open: () => Promise.reject(new DOMException('blocked', 'SecurityError')) },
    );
    tab.add('a', 'b');
    await tab.until(synced);
    expect(tab.state.durable).toBe(false);
    expect(world.server.texts()).toEqual(['a', 'b']);
    expect(console.warn).toHaveBeenCalledOnce();
  });

  it('later actions are sent from memory in order, and stored once it works again', async () => {
    const tab = world.open({}, hooks);
    tab.add('a');
    await tab.until(synced);
    isFull = true;
    tab.add('b');
    await tab.until(({ state }) => state.version === 2);
    expect(tab.state.durable).toBe(false);
    tab.add('c', 'd');
    await tab.until(({ state }) => state.version === 4 && state.pending.length === 0);
    expect(world.server.texts()).toEqual(['a', 'b', 'c', 'd']);
    isFull = false;
    tab.add('e');
    await tab.until((other) => synced(other) && other.state.version === 5);
    expect(tab.state.durable).toBe(true);
    tab.kill();
    const again = world.open();
    await again.until(synced);
    expect(again.texts).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(world.server.texts()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('the page applies responses, and a reload repeats the same batch', async () => {
    const tab = world.open({}, hooks);
    await tab.until(synced);
    world.server.faults.push(async (asked, server) => {
      isFull = true;
      return server(asked);
    });
    tab.add('a');
    await tab.until(({ state }) => state.version === 1 && state.pending.length === 0);
    tab.add('b');
    await tab.until(({ state }) => state.version === 2 && state.pending.length === 0);
    tab.kill();
    const again = world.open();
    await again.until(({ state }) => state.status === 'synced' && state.version === 2);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('stored actions that cannot be frozen are not sent: a reload would repeat them', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const tab = world.open({}, hooks);
    tab.sync.pause();
    tab.add('a');
    await tab.until(({ state }) => state.durable);
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    isFull = true;
    tab.sync.resume();
    await tab.until(({ state }) => state.status === 'error');
    tab.add('b');
    await tab.sync.flush();
    expect(world.server.texts()).toEqual([]);
    expect(tab.state.pending).toHaveLength(2);
    expect(tab.state.problem?.detail).toContain('storage');
    isFull = false;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a', 'b']);
    await tab.until(synced);
  });

  it('a killed page loses only actions that were never stored', async () => {
    world.server.always = FAULTS['request lost'];
    const tab = world.open({}, hooks);
    tab.add('a');
    await tab.until(({ state }) => state.status === 'offline');
    isFull = true;
    tab.add('b');
    await tab.until(({ state }) => !state.durable);
    tab.kill();
    world.server.always = undefined;
    const again = world.open();
    await again.until((other) => synced(other) && other.state.version > 0);
    expect(world.server.texts()).toEqual(['a']);
  });
});
