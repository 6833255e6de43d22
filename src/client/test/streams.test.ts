import {
  combineReducers,
  combineSlices,
  configureStore,
  createDynamicMiddleware,
  createSlice,
  type PayloadAction,
} from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoundtrip, type Stream } from '../src/index.js';
import { INITIAL } from '../src/state.js';
import { FAULTS } from './support/server.js';
import { added, clicked, root, tick, World, type Tab, type TabOptions } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const none: TabOptions = { isOpen: false };
const other = (tab: Tab): string[] => tab.store.getState().other.texts;
const isSynced = (stream: Stream) => (tab: Tab) =>
  stream.selectStatus(tab.store.getState()) === 'synced';
const listed = (tab: Tab): string[] => Object.keys(tab.sync.select(tab.store.getState()).streams);

describe('two streams of one store', () => {
  it('are shown at two keys, and each changes by its own actions only', async () => {
    const tab = world.open();
    const second = tab.open('n-2', 'other');
    tab.store.dispatch(tab.stream.address(added({ text: 'one' })));
    tab.store.dispatch(second.address(added({ text: 'two' })));
    expect([tab.texts, other(tab)]).toEqual([['one'], ['two']]);
    expect(tab.store.getState().local.seen).toBe(2);
    await tab.until(isSynced(tab.stream));
    await tab.until(isSynced(second));
    expect([world.server.texts('n-1'), world.server.texts('n-2')]).toEqual([['one'], ['two']]);
    world.server.write('theirs', 'n-2');
    tab.store.dispatch(second.address(added({ text: 'three' })));
    await tab.until(isSynced(second));
    expect([tab.texts, other(tab)]).toEqual([['one'], ['two', 'theirs', 'three']]);
  });

  it('need addressed actions, which are sent without the address', async () => {
    const tab = world.open();
    const second = tab.open('n-2', 'other');
    expect(() => {
      tab.add('a');
    }).toThrow(/notebook\/n-1 and notebook\/n-2 are open: dispatch stream.address\(action\)/);
    tab.store.dispatch(second.address(added({ text: 'a' })));
    await tab.until(isSynced(second));
    const bodies = world.server.asked.flatMap(({ body }) => body ?? []);
    expect(bodies).toEqual(['[{"type":"notebook/added","payload":{"text":"a"}}]']);
    second.close();
    tab.add('b');
    expect(tab.texts).toEqual(['b']);
  });

  it('keep their slices’ identity when the other changes', async () => {
    const tab = world.open();
    const second = tab.open('n-2', 'other');
    tab.store.dispatch(second.address(added({ text: 'a' })));
    await tab.until(isSynced(tab.stream));
    await tab.until(isSynced(second));
    const { other: before } = tab.store.getState();
    const sync = second.select(tab.store.getState());
    tab.store.dispatch(tab.stream.address(added({ text: 'b' })));
    await tab.until(isSynced(tab.stream));
    expect(tab.store.getState().other).toBe(before);
    expect(second.select(tab.store.getState())).toBe(sync);
  });
});

describe('an action', () => {
  it('of a store with no open stream is an error, and one of no store stays local', () => {
    const tab = world.open(none);
    expect(() => {
      tab.add('a');
    }).toThrow(
      'notebook/added belongs to a stream of "notebook", and none is open: open one with sync.open().',
    );
    tab.store.dispatch(clicked());
    tab.store.dispatch({ type: 'nobody/knows' });
    expect(tab.store.getState().local.clicks).toBe(1);
  });

  it('that is addressed to a stream that was closed is an error', () => {
    const tab = world.open();
    tab.stream.close();
    expect(() => tab.store.dispatch(tab.stream.address(added({ text: 'a' })))).toThrow(
      'notebook/added is addressed to "notebook/n-1", which is not open.',
    );
  });
});

describe('open()', () => {
  it('shares a stream that is open, until each use is closed', () => {
    const tab = world.open();
    const again = tab.open('n-1');
    tab.stream.close();
    tab.stream.close();
    tab.add('a');
    expect(tab.texts).toEqual(['a']);
    again.close();
    expect(() => {
      tab.add('b');
    }).toThrow('none is open');
  });

  it('refuses a key that the state lacks, names those it has, and leaves nothing behind', () => {
    const tab = world.open();
    expect(() => tab.open('n-2', 'third')).toThrow(
      'notebook/n-2: expected "third" in the root state; it has notebook,other,local.',
    );
    expect(() => tab.open('n-2', 'roundtrip')).toThrow('expected "roundtrip" in the root state');
    expect(listed(tab)).toEqual(['notebook/n-1']);
  });

  it('refuses a key that shows another stream, and another key for an open stream', () => {
    const tab = world.open();
    expect(() => tab.open('n-2')).toThrow(
      'notebook/n-1 is open at "notebook": close it before you open notebook/n-2 at "notebook".',
    );
    expect(() => tab.open('n-1', 'other')).toThrow('notebook/n-1 is open at "notebook"');
    tab.stream.close();
    tab.open('n-1', 'other').close();
    tab.open('n-2').close();
  });
});

describe('a switch from one stream to another', () => {
  it('never shows the data of the first, not even offline', async () => {
    const tab = world.open();
    tab.add('of the first');
    await tab.until(isSynced(tab.stream));
    world.server.always = FAULTS['request lost'];
    const shown: string[][] = [];
    tab.stream.close();
    tab.store.subscribe(() => shown.push(tab.texts));
    const second = tab.open('n-2');
    expect(tab.texts).toEqual([]);
    await tab.until(() => second.selectStatus(tab.store.getState()) === 'offline');
    expect(shown.flat()).toEqual([]);
    tab.add('of the second');
    second.close();
    const first = tab.open('n-1');
    await tab.until(() => first.select(tab.store.getState()).version === 1);
    expect(tab.texts).toEqual(['of the first']);
  });

  it('still sends what waits for the first', async () => {
    world.server.always = FAULTS['request lost'];
    const tab = world.open();
    tab.add('waits');
    await tab.until(({ state }) => state.status === 'offline');
    tab.stream.close();
    expect(tab.state).toMatchObject({ pending: [{ action: { payload: { text: 'waits' } } }] });
    expect(tab.state.slices).toBeUndefined();
    const second = tab.open('n-2');
    world.server.always = undefined;
    await tab.sync.flush();
    await tab.until(isSynced(second));
    expect(world.server.texts('n-1')).toEqual(['waits']);
    expect(listed(tab)).toEqual(['notebook/n-2']);
  });
});

describe('a stream that is opened', () => {
  it('does not show what another’s actions left at its key, not even offline', async () => {
    world.server.always = FAULTS['request lost'];
    const tab = world.open();
    tab.add('of the first');
    expect(other(tab)).toEqual(['of the first']);
    const second = tab.open('n-2', 'other');
    expect(other(tab)).toEqual([]);
    await tab.until(() => second.selectStatus(tab.store.getState()) === 'offline');
    expect([tab.texts, other(tab)]).toEqual([['of the first'], []]);
  });

  it('shows a preloaded state at its key, but not the streams that were preloaded with it', () => {
    const preloaded = {
      other: { texts: ['preloaded'] },
      roundtrip: { streams: { 'notebook/n-9': { ...INITIAL, slices: 'notebook' } } },
    };
    const tab = world.open({}, {}, root, preloaded);
    tab.open('n-2', 'other');
    expect(other(tab)).toEqual(['preloaded']);
    expect(listed(tab)).toEqual(['notebook/n-1', 'notebook/n-2']);
  });
});

describe('many', () => {
  it('actions in one tick are taken, and each has an outcome', async () => {
    world.hasChecks = false;
    const tab = world.open();
    const texts = Array.from({ length: 500 }, (_, index) => `t${index}`);
    const actions = texts.map((text) => tab.store.dispatch(added({ text })));
    const outcomes = await Promise.all(actions.map((action) => tab.sync.settled(action)));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['applied']));
    expect(world.server.texts()).toEqual(texts);
  });

  it('openings and closings leave nothing behind', async () => {
    const tab = world.open(none);
    for (let count = 0; count < 100; count++) {
      const stream = tab.open(`n-${count}`);
      if (count % 2) await tick();
      stream.close();
    }
    for (let ticks = 0; ticks < 30; ticks++) await tick();
    expect(listed(tab)).toEqual([]);
    await tab.sync.flush();
    expect(world.server.asked.length).toBeLessThan(100);
  });
});

describe('what waits for a stream that is not open', () => {
  it('is listed and sent after a reload', async () => {
    world.server.always = FAULTS['request lost'];
    const before = world.open();
    before.add('a');
    await before.until(({ state }) => state.status === 'offline');
    await before.close();
    const tab = world.open(none);
    await tab.until((each) => listed(each).length > 0);
    expect(tab.sync.selectPending(tab.store.getState())).toMatchObject([
      { stream: 'notebook/n-1', action: { payload: { text: 'a' } } },
    ]);
    expect(tab.texts).toEqual([]);
    await tab.until((each) => tab.sync.selectStatus(each.store.getState()) === 'offline');
    world.server.always = undefined;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
    await tab.until((each) => listed(each).length === 0);
    expect(tab.sync.selectStatus(tab.store.getState())).toBe('synced');
  });

  it('of a store that is no longer declared is listed and sent, too', async () => {
    world.server.always = FAULTS['request lost'];
    const before = world.open();
    before.add('a');
    await before.until(({ state }) => state.status === 'offline');
    await before.close();
    world.server.always = undefined;
    const tab = world.open({ ...none, stores: { other: {} } });
    await tab.until((each) => listed(each).length === 0 && world.server.texts().length > 0);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('is sent by the leading tab when another tab records it', async () => {
    const leader = world.open(none);
    await tick();
    const follower = world.open();
    const outcome = await follower.sync.settled(follower.store.dispatch(added({ text: 'a' })));
    expect(outcome).toEqual({ status: 'applied', version: 1 });
    await leader.until((each) => listed(each).length === 0);
  });
});

describe('a stream that the leading tab does not show', () => {
  const senders = new Set<string>();
  const openAs = (name: string, options: TabOptions = {}): Tab =>
    world.open({
      ...options,
      fetch: (url, init) => {
        senders.add(name);
        return world.server.fetch(url, init);
      },
    });
  beforeEach(() => {
    senders.clear();
  });

  it('is fetched by that tab, also when the lead changes', async () => {
    const first = openAs('first', none);
    await tick();
    const second = openAs('second', { id: 'n-2' });
    const third = openAs('third', { id: 'n-3' });
    world.server.write('one', 'n-3');
    third.document.dispatchEvent(new Event('visibilitychange'));
    await third.until(({ texts, state }) => texts.includes('one') && state.status === 'synced');
    await second.until(isSynced(second.stream));
    expect(senders).toEqual(new Set(['first']));
    expect(listed(first)).toEqual([]);
    await first.close();
    senders.clear();
    third.add('two');
    await third.until(({ state }) => state.version === 2);
    expect(senders).toEqual(new Set(['second']));
    expect(listed(second)).toEqual(['notebook/n-2']);
  });

  it('is fetched by the next one when that tab ends', async () => {
    const first = world.open({ ...none, fetch: () => new Promise(() => undefined) });
    await tick();
    const second = openAs('second', { id: 'n-2' });
    const third = openAs('third', { id: 'n-3' });
    for (let ticks = 0; ticks < 30; ticks++) await tick();
    expect(third.state.status).toBe('syncing');
    first.kill();
    await third.until(({ state }) => state.status === 'synced');
    await second.until(({ state }) => state.status === 'synced');
    expect(senders).toEqual(new Set(['second']));
  });

  it('is paused with the others', async () => {
    const first = openAs('first', none);
    await tick();
    first.sync.pause();
    const second = openAs('second');
    await second.until(({ state }) => state.paused);
    second.add('a');
    for (let ticks = 0; ticks < 30; ticks++) await tick();
    expect(senders.size).toBe(0);
    second.sync.resume();
    await second.until(({ state }) => state.version === 1 && state.status === 'synced');
    expect(senders).toEqual(new Set(['first']));
  });

  it('stays paused when another tab leads', async () => {
    const first = openAs('first', none);
    await tick();
    first.sync.pause();
    const second = openAs('second');
    await second.until(({ state }) => state.paused);
    await first.close();
    const late = second.open('n-2', 'other');
    for (let ticks = 0; ticks < 30; ticks++) await tick();
    expect(late.select(second.store.getState()).paused).toBe(true);
    expect(senders.size).toBe(0);
  });
});

describe('all streams', () => {
  it('have the worst status, and lists that name the stream', async () => {
    world.server.refused.add('bad');
    const tab = world.open();
    const second = tab.open('n-2', 'other');
    await tab.until(isSynced(second));
    await tab.until(isSynced(tab.stream));
    tab.sync.pause();
    tab.store.dispatch(second.address(added({ text: 'good' })));
    const state = tab.store.getState();
    expect(tab.sync.selectStatus(state)).toBe('pending');
    expect(tab.stream.selectStatus(state)).toBe('synced');
    expect(tab.sync.selectPending(state)).toMatchObject([{ stream: 'notebook/n-2' }]);
    const pending = tab.sync.selectPending(state);
    tab.store.dispatch(tab.stream.address(added({ text: 'bad' })));
    tab.sync.resume();
    await tab.until((each) => tab.sync.selectRejected(each.store.getState()).length > 0);
    expect(tab.sync.selectRejected(tab.store.getState())).toMatchObject([
      { stream: 'notebook/n-1', problem: { code: 'refused' } },
    ]);
    await tab.until((each) => tab.sync.selectStatus(each.store.getState()) === 'synced');
    expect(pending).not.toBe(tab.sync.selectPending(tab.store.getState()));
    const rejected = tab.sync.selectRejected(tab.store.getState());
    tab.store.dispatch(second.address(added({ text: 'more' })));
    expect(tab.sync.selectRejected(tab.store.getState())).toBe(rejected);
    await tab.sync.discard(rejected[0]?.id ?? '');
    expect(tab.sync.selectRejected(tab.store.getState())).toEqual([]);
  });
});

describe('Redux Toolkit', () => {
  const notes = (name: string) =>
    createSlice({
      name,
      initialState: { texts: [] as string[] },
      reducers: {
        added: (state, { payload }: PayloadAction<{ text: string }>) =>
          void state.texts.push(payload.text),
      },
    });

  it('injects the reducer of a stream at run time', async () => {
    const [late, early] = [notes('notebook'), notes('early')];
    const reducer = combineSlices(early).withLazyLoadedSlices<{ notebook: { texts: string[] } }>();
    vi.spyOn(console, 'warn').mockReturnValue();
    const sync = createRoundtrip({
      url: '',
      stores: { notebook: {} },
      fetch: world.server.fetch,
    });
    const store = configureStore({
      reducer: sync.reducer(reducer),
      middleware: (defaults) => defaults().concat(sync.middleware),
    });
    expect(() => sync.open({ store: 'notebook', id: 'n-1' })).toThrow('it has early.');
    reducer.inject(late);
    world.server.write('theirs');
    const stream = sync.open({ store: 'notebook', id: 'n-1' });
    const action = store.dispatch(late.actions.added({ text: 'mine' }));
    expect(await sync.settled(action)).toEqual({ status: 'applied', version: 2 });
    expect(late.selectSlice(store.getState() as never)).toEqual({ texts: ['theirs', 'mine'] });
    stream.close();
    expect(store.getState()).toEqual({
      early: { texts: [] },
      notebook: { texts: [] },
      roundtrip: { streams: {} },
    });
    await sync.close();
  });

  it('adds the middleware at run time', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const dynamic = createDynamicMiddleware();
    const sync = createRoundtrip({ url: '', stores: { notebook: {} }, fetch: world.server.fetch });
    const store = configureStore({
      reducer: sync.reducer(root),
      middleware: (defaults) => defaults().concat(dynamic.middleware),
    });
    expect(() => sync.open({ store: 'notebook', id: 'n-1' })).toThrow('sync.middleware');
    dynamic.addMiddleware(sync.middleware);
    // Redux Toolkit calls an added middleware with the first action.
    store.dispatch({ type: 'first' });
    const first = sync.open({ store: 'notebook', id: 'n-1' });
    store.dispatch(added({ text: 'of the first' }));
    first.close();
    const second = sync.open({ store: 'notebook', id: 'n-2' });
    expect(store.getState().notebook.texts).toEqual([]);
    const outcome = await sync.settled(store.dispatch(added({ text: 'of the second' })));
    expect(outcome.status).toBe('applied');
    await vi.waitUntil(() => world.server.texts('n-1').length);
    expect(world.server.texts('n-2')).toEqual(['of the second']);
    expect(second.selectPending(store.getState())).toEqual([]);
    await sync.close();
  });

  it('combines reducers whose keys may show any stream', () => {
    const notebook = notes('notebook');
    const reducer = combineReducers({ left: notebook.reducer, right: notebook.reducer });
    const tab = world.open({ at: 'left' }, {}, reducer as never);
    const right = tab.open('n-2', 'right');
    tab.store.dispatch(right.address(notebook.actions.added({ text: 'r' })));
    expect(tab.store.getState()).toMatchObject({ left: { texts: [] }, right: { texts: ['r'] } });
  });
});
