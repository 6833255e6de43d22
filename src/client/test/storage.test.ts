import { IDBFactory, IDBObjectStore as FDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutbox, type Outbox } from '../src/outbox.js';
import { append, confirm, EMPTY, type Change, type Confirming, type Entry } from '../src/queue.js';
import {
  DEADLINE_MS,
  openDatabase,
  type Database,
  type Storage,
  type StorageError,
} from '../src/storage.js';
import { delayCommits, holdOpens, occupy, requested, upgradeForEver } from './support/databases.js';
import { FAULTS } from './support/server.js';
import { tick, World, type Tab } from './support/world.js';

const entry = (id: string): Entry => ({ id, at: 0, action: { type: 'notebook/added' } });
const open = (factory: IDBFactory, user = 'ada'): Database =>
  openDatabase(factory, 'roundtrip', user);
const storageOf = (factory: IDBFactory, stream = 's'): Storage => open(factory).storage(stream);
const read = (storage: Storage): ReturnType<Storage['update']> =>
  storage.update((queue) => queue, false);
const add = (storage: Storage, id: string): ReturnType<Storage['update']> =>
  storage.update(append(entry(id)), false);
const idsIn = async (storage: Storage): Promise<string[]> =>
  (await read(storage)).entries.map(({ id }) => id);
const keysIn = async (factory: IDBFactory): Promise<IDBValidKey[]> => {
  const database = await requested(factory.open('roundtrip'));
  const keys = database.transaction('streams').objectStore('streams').getAllKeys();
  database.close();
  return requested(keys);
};
const confirming = (version: number, state: unknown, since = 0): Change =>
  confirm({ version, state, since, shape: 0 } satisfies Confirming);
/** Ends the wait for an answer of the database, once the database had its turn. */
const passDeadline = async (): Promise<void> => {
  for (let ticks = 0; ticks < 30; ticks++) await tick();
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
};
const fakeTimeouts = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the storage', () => {
  it('keeps streams and users apart', async () => {
    const factory = new IDBFactory();
    const [ada, grace] = [open(factory), open(factory, 'grace')];
    const [one, two] = [ada.storage('one'), ada.storage('two')];
    await add(one, 'a');
    await two.update(confirming(1, {}), false);
    expect([await idsIn(one), await idsIn(two)]).toEqual([['a'], []]);
    expect(await idsIn(grace.storage('one'))).toEqual([]);
    expect([await ada.list(), await grace.list()]).toEqual([['one'], []]);
    const problem = { type: '/problems/rejected', title: 'no' };
    await two.update((queue) => ({ ...queue, refusals: [{ ...entry('b'), problem }] }), false);
    expect(await ada.list()).toEqual(['one', 'two']);
  });

  it('erases everything of one user, and no tab that had it writes it again', async () => {
    const factory = new IDBFactory();
    const [ada, other, grace] = [open(factory), open(factory), open(factory, 'grace')];
    const [old, late] = [ada.storage('s'), other.storage('s')];
    await old.update(confirming(1, { texts: ['private'] }), false);
    await add(grace.storage('s'), 'g');
    expect((await read(late)).confirmed?.version).toBe(1);
    await ada.erase();
    expect(await keysIn(factory)).toEqual([['grace'], ['grace', 's']]);
    for (const storage of [old, late]) await expect(add(storage, 'a')).rejects.toThrow('erased');
    const again = ada.storage('s');
    expect(await read(again)).toEqual(EMPTY);
    await add(again, 'b');
    await expect(add(late, 'c')).rejects.toThrow('erased');
    expect(await idsIn(other.storage('s'))).toEqual(['b']);
  });

  it('closes for a newer version of the page, and opens again', async () => {
    const factory = new IDBFactory();
    const storage = storageOf(factory);
    await add(storage, 'a');
    const upgrade = await upgradeForEver(factory);
    upgrade.abort();
    await add(storage, 'b');
    expect(await idsIn(storage)).toEqual(['a', 'b']);
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
    const storage = storageOf(factory);
    await add(storage, 'a');
    // Closed before the event arrives.
    opened.at(-1)?.close();
    await add(storage, 'b');
    const last = opened.at(-1);
    last?.close();
    last?.onclose?.(new Event('close'));
    expect(await idsIn(storage)).toEqual(['a', 'b']);
    expect(opened).toHaveLength(3);
  });

  it('tries a failed open again', async () => {
    const factory = new IDBFactory();
    const fail = (): never => {
      throw new DOMException('broken', 'UnknownError');
    };
    const opening = vi.spyOn(factory, 'open').mockImplementationOnce(fail);
    const storage = storageOf(factory);
    await add(storage, 'a');
    opening.mockImplementationOnce(fail).mockImplementationOnce(fail);
    const next = open(factory);
    await expect(add(next.storage('s'), 'b')).rejects.toThrow('broken');
    expect(next.works()).toBe(false);
    await add(next.storage('s'), 'c');
    expect(next.works()).toBe(true);
    expect(await idsIn(storage)).toEqual(['a', 'c']);
  });

  it('writes only what changed', async () => {
    const put = vi.spyOn(FDBObjectStore.prototype, 'put');
    const storage = storageOf(new IDBFactory());
    await idsIn(storage);
    expect(put).not.toHaveBeenCalled();
    await add(storage, 'a');
    // The first write also marks the user's data.
    expect(put).toHaveBeenCalledTimes(2);
    await storage.update(confirming(1, {}), false);
    expect(put).toHaveBeenCalledTimes(4);
    put.mockRestore();
  });

  it('writes only the parts of the confirmed state that changed, and another tab reads only those', async () => {
    const factory = new IDBFactory();
    const [one, two] = [storageOf(factory), storageOf(factory)];
    const entities = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`c${n}`, { title: `card ${n}` }]),
    );
    const state = { cards: { ids: Object.keys(entities), entities }, settings: { theme: 'dark' } };
    await one.update(confirming(1, state, 0), false);
    const before = await read(two);
    expect(before.confirmed).toEqual({ version: 1, state, shape: 0 });
    const changed = {
      ...state,
      cards: { ...state.cards, entities: { ...entities, c7: { title: 'new' } } },
    };
    const put = vi.spyOn(FDBObjectStore.prototype, 'put');
    await one.update(confirming(2, changed, 1), false);
    const keys = put.mock.calls.map(([, key]) => key);
    put.mockRestore();
    expect(keys).toEqual([
      ['ada', 's', 'confirmed', expect.stringMatching(/^\[\["cards","entities"\],\d+\]$/)],
      ['ada', 's', 'confirmed'],
      ['ada', 's'],
    ]);
    const get = vi.spyOn(FDBObjectStore.prototype, 'get');
    const after = await read(two);
    expect(get).toHaveBeenCalledTimes(4);
    await read(two);
    expect(get).toHaveBeenCalledTimes(7);
    get.mockRestore();
    expect(after.confirmed).toEqual({ version: 2, state: changed, shape: 0 });
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
    const storage = storageOf(factory);
    const state = { a: [1], b: [2] };
    await storage.update(confirming(1, state, 0), false);
    await storage.update(confirming(2, { b: [2] }, 1), false);
    const again = await read(storageOf(factory));
    expect(again.confirmed).toEqual({ version: 2, state: { b: [2] }, shape: 0 });
    expect(await keysIn(factory)).toEqual([
      ['ada'],
      ['ada', 's'],
      ['ada', 's', 'confirmed'],
      ['ada', 's', 'confirmed', '[["b"]]'],
    ]);
  });

  it('replaces a database of an earlier version', async () => {
    const factory = new IDBFactory();
    const opening = factory.open('roundtrip', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('ledgers');
    (await requested(opening)).close();
    const storage = storageOf(factory);
    await add(storage, 'a');
    expect(await idsIn(storage)).toEqual(['a']);
    const database = await requested(factory.open('roundtrip'));
    expect([...database.objectStoreNames]).toEqual(['streams']);
    database.close();
  });

  it('makes a change completely or not at all', async () => {
    const storage = storageOf(new IDBFactory());
    await add(storage, 'a');
    const broken = storage.update((queue) => {
      const next = confirming(1, {})(queue);
      return { ...next, entries: [entry('b'), (() => 1) as never] };
    }, false);
    await expect(broken).rejects.toThrow();
    expect(await read(storage)).toEqual({ ...EMPTY, entries: [entry('a')] });
  });
});

describe('a database that does not answer', () => {
  let factory: IDBFactory;
  let database: Database;
  let storage: Storage;
  let returned: ReturnType<typeof vi.fn<() => void>>;

  beforeEach(() => {
    fakeTimeouts();
    factory = new IDBFactory();
    database = open(factory);
    storage = database.storage('s');
    database.onReturn = returned = vi.fn<() => void>();
  });
  const expectLate = async (id: string): Promise<void> => {
    const [late] = await Promise.all([
      add(storage, id).catch((error: unknown) => error),
      passDeadline(),
    ]);
    expect(String(late)).toContain('does not answer');
    // While there is no answer, nobody waits again.
    await expect(add(storage, 'never')).rejects.toThrow('still does not answer');
    expect([database.works(), returned.mock.calls.length]).toEqual([false, 0]);
  };
  const expectReturn = async (ids: string[]): Promise<void> => {
    while (!returned.mock.calls.length) await tick();
    expect(await idsIn(storage)).toEqual(ids);
    await add(storage, 'again');
    expect(await idsIn(storageOf(factory))).toEqual([...ids, 'again']);
    expect([database.works(), returned.mock.calls.length]).toEqual([true, 1]);
  };

  it('is opened at last', async () => {
    const opens = holdOpens(factory);
    await expectLate('a');
    opens.answer();
    await expectReturn([]);
  });

  it('is opened after the upgrade of another tab', async () => {
    await add(storage, 'a');
    const upgrade = await upgradeForEver(factory);
    await expectLate('b');
    upgrade.abort();
    await expectReturn(['a']);
  });

  it('does not make a change late', async () => {
    await add(storage, 'a');
    const transaction = await occupy(factory);
    await expectLate('b');
    transaction.abort();
    await expectReturn(['a']);
  });

  it('tells later whether a change was made that it was committing', async () => {
    await read(storage);
    const commits = delayCommits();
    const late = add(storage, 'a').catch((error: unknown) => error as StorageError);
    await passDeadline();
    const { outcome } = (await late) as StorageError;
    expect(returned).not.toHaveBeenCalled();
    commits.answer();
    expect((await outcome)?.entries).toEqual([entry('a')]);
    await expectReturn(['a']);
  });

  it('may be closed meanwhile', async () => {
    const opens = holdOpens(factory);
    await expectLate('a');
    database.close();
    opens.answer();
    // The upgrade would be blocked by an open connection.
    (await upgradeForEver(factory)).abort();
    expect(returned).not.toHaveBeenCalled();
  });
});

describe('an outbox whose database does not answer', () => {
  let factory: IDBFactory;
  const limits = { maxActions: 100, nowMs: 0, leastMs: 0, maxAgeMs: 1 };
  const applied = (...ids: string[]): Map<string, null> => new Map(ids.map((id) => [id, null]));
  /** An outbox of another page. */
  const page = (): Outbox => {
    const database = open(factory);
    const nothing = (): void => undefined;
    const outbox = createOutbox(database.storage('s'), nothing, nothing, nothing);
    database.onReturn = () => void outbox.apply();
    return outbox;
  };
  const record = (outbox: Outbox, ...ids: string[]): void => {
    for (const id of ids) outbox.record(entry(id));
  };
  const ids = ({ queue }: Outbox): string[] => queue.entries.map(({ id }) => id);
  const afresh = async (): Promise<Outbox> => {
    const outbox = page();
    await outbox.apply();
    return outbox;
  };
  const settleDurable = async (outbox: Outbox): Promise<void> => {
    while (!outbox.durable) await tick();
  };

  beforeEach(async () => {
    factory = new IDBFactory();
    fakeTimeouts();
    const before = page();
    record(before, 'old');
    await before.close();
  });

  it('sends only its own entries, and stores what is left behind those that are stored', async () => {
    const opens = holdOpens(factory);
    const outbox = page();
    record(outbox, 'a', 'b');
    await passDeadline();
    expect([outbox.durable, outbox.shared]).toEqual([false, false]);
    const batch = await outbox.freeze(true, limits);
    expect(batch?.entries.map(({ id }) => id)).toEqual(['a', 'b']);
    record(outbox, 'c', 'd');
    await outbox.settle({ key: batch?.key ?? '', outcomes: applied('a', 'b') });
    expect(ids(outbox)).toEqual(['c', 'd']);
    opens.answer();
    await settleDurable(outbox);
    expect([outbox.durable, outbox.shared]).toEqual([true, true]);
    for (const each of [outbox, await afresh()]) {
      expect(ids(each)).toEqual(['old', 'c', 'd']);
      expect(each.queue.batch).toBeUndefined();
    }
  });

  it('stores a batch that it is sending under its key, before the others', async () => {
    const opens = holdOpens(factory);
    const outbox = page();
    record(outbox, 'a');
    await passDeadline();
    const batch = await outbox.freeze(true, limits);
    record(outbox, 'b');
    opens.answer();
    await settleDurable(outbox);
    const other = await afresh();
    expect(ids(other)).toEqual(['a', 'old', 'b']);
    expect(await other.freeze(true, limits)).toEqual(batch);
    expect(await outbox.freeze(true, limits)).toEqual(batch);
    await other.settle({ key: batch?.key ?? '', outcomes: applied('a') });
    const next = await other.freeze(true, limits);
    await outbox.apply();
    expect([ids(outbox), outbox.queue.batch?.key]).toEqual([['old', 'b'], next?.key]);
    await outbox.settle({ key: batch?.key ?? '', outcomes: applied('a') });
    expect(ids(await afresh())).toEqual(['old', 'b']);
  });

  it('keeps a batch apart while another one is stored', async () => {
    const other = await afresh();
    const opens = holdOpens(factory);
    const outbox = page();
    record(outbox, 'a');
    await passDeadline();
    const batch = await outbox.freeze(true, limits);
    const stored = await other.freeze(true, limits);
    opens.answer();
    expect(stored?.entries.map(({ id }) => id)).toEqual(['old']);
    while (!outbox.shared) await tick();
    expect([ids(await afresh()), outbox.durable]).toEqual([['old'], false]);
    await outbox.settle({ key: batch?.key ?? '', outcomes: applied('a') });
    expect(outbox.durable).toBe(true);
    const after = await afresh();
    expect(ids(after)).toEqual(['old']);
    expect(await after.freeze(true, limits)).toEqual(stored);
  });

  it.each([
    ['QuotaExceededError', true],
    ['UnknownError', false],
  ])('still reads what other tabs have stored after an error: %s, %s', async (name, isShared) => {
    const nothing = (): void => undefined;
    const update = (): Promise<never> => Promise.reject(new DOMException('no', name));
    const outbox = createOutbox({ update }, nothing, nothing, nothing);
    record(outbox, 'a');
    await outbox.close();
    expect([outbox.durable, outbox.shared, ids(outbox)]).toEqual([false, isShared, ['a']]);
  });

  it('neither sends nor repeats what may be stored', async () => {
    const outbox = await afresh();
    const old = await outbox.freeze(true, limits);
    await outbox.settle({ key: old?.key ?? '', outcomes: applied('old') });
    const commits = delayCommits();
    record(outbox, 'a');
    await passDeadline();
    expect(outbox.durable).toBe(false);
    await expect(outbox.freeze(true, limits)).rejects.toThrow('Stored actions cannot be sent');
    record(outbox, 'b');
    expect(ids(outbox)).toEqual(['a', 'b']);
    // Meanwhile another tab finds what was stored, and sends it.
    commits.stop();
    const other = await afresh();
    const batch = await other.freeze(true, limits);
    await other.settle({ key: batch?.key ?? '', outcomes: applied('a') });
    commits.answer();
    await settleDurable(outbox);
    await outbox.apply();
    expect([ids(outbox), ids(await afresh())]).toEqual([['b'], ['b']]);
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

  it('a page whose database does not answer works from memory, and stores what waits later', async () => {
    const old = world.open();
    old.sync.pause();
    old.add('old');
    await old.stream.flush();
    old.kill();
    fakeTimeouts();
    const opens = holdOpens(world.factory);
    const tab = world.open();
    tab.add('a');
    await passDeadline();
    await tab.until(synced);
    expect(tab.state.durable).toBe(false);
    expect(world.server.texts()).toEqual(['a']);
    tab.add('b');
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a', 'b']);
    tab.sync.pause();
    tab.add('c', 'd');
    opens.answer();
    await tab.until(({ state }) => state.durable);
    expect(tab.state.pending.map(({ action }) => action.payload)).toEqual(
      ['old', 'c', 'd'].map((text) => ({ text })),
    );
    tab.kill();
    const again = world.open();
    await again.until((other) => synced(other) && other.state.version === 5);
    expect(world.server.texts()).toEqual(['a', 'b', 'old', 'c', 'd']);
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

describe('a database that is deleted while pages use it', () => {
  it('gets back what waits and is known, from each page', async () => {
    const factory = new IDBFactory();
    const [one, two] = [storageOf(factory), storageOf(factory)];
    await one.update(confirming(1, { a: 1 }), false);
    await add(one, 'a');
    expect(await idsIn(two)).toEqual(['a']);
    await requested(factory.deleteDatabase('roundtrip'));
    await add(one, 'b');
    expect(await idsIn(one)).toEqual(['a', 'b']);
    expect(await read(two)).toMatchObject({ confirmed: { version: 1, state: { a: 1 } } });
    expect(await idsIn(storageOf(factory))).toEqual(['a', 'b']);
  });
});
