import { combineReducers, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rejected } from '../src/index.js';
import { FAULTS, problem } from './support/server.js';
import { World, type Tab, root } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced';

describe('the state', () => {
  it('survives a reload offline, with the pending actions applied', async () => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    world.server.always = FAULTS['request lost'];
    tab.add('b');
    await tab.until(({ state }) => state.status === 'offline' && state.durable);
    tab.kill();
    const again = world.open();
    await again.until(({ state }) => state.pending.length > 0);
    expect(again.texts).toEqual(['a', 'b']);
    expect(again.state).toMatchObject({ version: 1, confirmed: { texts: ['a'] } });
  });

  it('from other clients arrives, and pending actions are replayed on it', async () => {
    const tab = world.open();
    await tab.until(synced);
    tab.sync.pause();
    tab.add('mine');
    world.server.write('theirs');
    tab.sync.resume();
    await tab.until(synced);
    expect(tab.texts).toEqual(['theirs', 'mine']);
  });

  it('is fetched when the page becomes visible or the network is back', async () => {
    const tab = world.open();
    await tab.until(synced);
    world.server.write('one');
    tab.document.dispatchEvent(new Event('visibilitychange'));
    await tab.until(({ texts }) => texts.includes('one'));
    world.server.write('two');
    tab.window.dispatchEvent(new Event('online'));
    await tab.until(({ texts }) => texts.includes('two'));
  });

  it('follows a server whose reducers have changed, at the same version', async () => {
    const before = world.open();
    before.add('a');
    await before.until(synced);
    await before.close();
    world.server.streams.set('n-1', { version: 1, state: { texts: ['A'] } });
    world.server.revision = '4e5f6a7b';
    const tab = world.open();
    await tab.until(({ texts }) => texts[0] === 'A');
  });

  it('is corrected by the next response after another action has changed it', async () => {
    const reducer: typeof root = (state, action) =>
      action.type === 'rehydrated' && state
        ? { ...root(state, action), notebook: { texts: ['stale'] } }
        : root(state, action);
    const tab = world.open({}, {}, reducer);
    tab.add('a');
    await tab.until(synced);
    tab.store.dispatch({ type: 'rehydrated' });
    expect(tab.texts).toEqual(['stale']);
    await tab.sync.flush();
    expect(tab.texts).toEqual(['a']);
    const { notebook } = tab.store.getState();
    const told = vi.fn();
    tab.store.subscribe(told);
    const before = tab.store.getState();
    await tab.sync.flush();
    expect(told).toHaveBeenCalled();
    expect(tab.store.getState()).toBe(before);
    expect(tab.store.getState().notebook).toBe(notebook);
  });

  it('of other slices reduces each action once', async () => {
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(synced);
    world.server.write('theirs');
    tab.add('c');
    await tab.until(synced);
    expect(tab.store.getState().local.seen).toBe(3);
  });

  it('keeps its identity when the server confirms it', async () => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    tab.add('b');
    const shown = tab.store.getState();
    await tab.until(synced);
    expect(tab.store.getState().notebook).toBe(shown.notebook);
    expect(tab.store.getState().local).toBe(shown.local);
    const before = tab.store.getState();
    tab.store.dispatch({ type: 'nobody/knows' });
    expect(tab.store.getState()).toBe(before);
  });

  it('marks pending actions that the local reducer refuses, and sends them all the same', async () => {
    const slice = createSlice({
      name: 'notebook',
      initialState: { texts: [] as string[] },
      reducers: {
        added: (state, { payload }: PayloadAction<{ text: string }>) => {
          if (state.texts.includes(payload.text)) throw new Rejected('there', 'It is there.');
          state.texts.push(payload.text);
        },
      },
    });
    const tab = world.open({}, {}, combineReducers({ notebook: slice.reducer }) as never);
    await tab.until(synced);
    world.server.maxActions = 1;
    tab.sync.pause();
    tab.add('a', 'b');
    world.server.write('b');
    world.server.always = (asked, server) => {
      const isSecond = world.server.texts().includes('a');
      return isSecond ? Promise.reject(new TypeError('lost')) : server(asked);
    };
    tab.sync.resume();
    await tab.until(({ state }) => state.status === 'offline');
    expect(tab.state.pending).toMatchObject([
      { action: { payload: { text: 'b' } }, refusedLocally: 'Rejected: It is there.', sent: true },
    ]);
    expect(tab.texts).toEqual(['b', 'a']);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['b', 'a', 'b']);
  });

  it('passes the checks of Redux Toolkit without a warning', async () => {
    const complaints = vi.spyOn(console, 'error');
    const warnings = vi.spyOn(console, 'warn');
    world.server.refused.add('b');
    const tab = world.open();
    tab.add('a', 'b', 'c');
    await tab.until(synced);
    expect(complaints.mock.calls).toEqual([]);
    expect(warnings.mock.calls).toEqual([]);
  });

  it('that is preloaded stays until the server answers', () => {
    const tab = world.open({}, {}, undefined, { notebook: { texts: ['preloaded'] } });
    expect(tab.texts).toEqual(['preloaded']);
  });
});

describe('slices', () => {
  const plan = createSlice({
    name: 'plan',
    initialState: { names: [] as string[] },
    reducers: {
      added: (state, { payload }: PayloadAction<{ text: string }>) =>
        void state.names.push(payload.text),
    },
  });
  const sets = createSlice({
    name: 'sets',
    initialState: { count: 0 },
    reducers: { done: (state) => void (state.count += 1) },
  });

  it('may be several parts of one state on the server', async () => {
    const fetch = (_url: string, init: RequestInit): Promise<Response> => {
      const count = init.body ? (JSON.parse(init.body as string) as unknown[]).length : 0;
      return Promise.resolve(
        count
          ? Response.json({
              version: 2,
              state: { plan: { names: ['a'] }, sets: { count: 1 } },
              outcomes: Array.from({ length: count }, () => ({ status: 'applied' })),
            })
          : problem(404, 'stream-not-found'),
      );
    };
    const local = world.open(
      { store: 'workouts', slices: ['plan', 'sets'], fetch },
      {},
      combineReducers({ plan: plan.reducer, sets: sets.reducer }) as never,
    );
    local.store.dispatch(plan.actions.added({ text: 'a' }));
    local.store.dispatch(sets.actions.done());
    expect(local.state.pending).toHaveLength(2);
    await local.until(({ state }) => state.version === 2 && state.pending.length === 0);
    expect(local.store.getState()).toMatchObject({ plan: { names: ['a'] }, sets: { count: 1 } });
  });
});
