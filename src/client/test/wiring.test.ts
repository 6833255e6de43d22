import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoundtrip } from '../src/index.js';
import { added, root, World } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

describe('wiring', () => {
  it.each([
    [{ id: '..' }, /id: expected/],
    [{ id: 'a/b' }, /id: expected/],
    [{ id: undefined as never }, /id: expected/],
    [{ store: '' }, /store: expected/],
    [{ store: 'a/../b' }, /store: expected/],
    [{ url: 'api.example.com' }, /url: expected/],
    [{ url: undefined as never }, /url: expected/],
    [{ slices: [] }, /slices: expected/],
    [{ maxOfflineAgeMs: 0 }, /maxOfflineAgeMs: expected/],
    [{ maxOfflineAgeMs: 90 * 86_400_000 }, /maxOfflineAgeMs: expected/],
  ])('refuses %o', (options, message) => {
    expect(() => createRoundtrip({ url: '', store: 'notebook', id: 'n-1', ...options })).toThrow(
      message,
    );
  });

  it('reports a missing reducer', () => {
    const sync = createRoundtrip({ url: '', store: 'notebook', id: 'n-1' });
    expect(() => sync.select({})).toThrow('sync.reducer()');
  });

  it('reports a missing store and a second store', async () => {
    const sync = createRoundtrip({
      url: '',
      store: 'notebook',
      id: 'n-1',
      fetch: () => Promise.reject(new Error('off')),
    });
    await expect(sync.flush()).rejects.toThrow('sync.middleware');
    const make = () =>
      configureStore({
        reducer: sync.reducer(root),
        middleware: (defaults) => defaults().concat(sync.middleware),
      });
    vi.spyOn(console, 'warn').mockReturnValue();
    make();
    expect(make).toThrow('createRoundtrip for each store');
    await sync.close();
  });

  it('works without a browser, in memory', async () => {
    const warnings = vi.spyOn(console, 'warn').mockReturnValue();
    const sync = createRoundtrip({
      url: '',
      store: 'notebook',
      id: 'n-1',
      fetch: world.server.fetch,
    });
    const store = configureStore({
      reducer: sync.reducer(root),
      middleware: (defaults) => defaults().concat(sync.middleware),
    });
    store.dispatch(added({ text: 'a' }));
    await vi.waitUntil(
      () =>
        sync.selectStatus(store.getState()) === 'synced' &&
        sync.select(store.getState()).version === 1,
    );
    expect(sync.select(store.getState()).durable).toBe(false);
    expect(warnings).toHaveBeenCalledOnce();
    await sync.close();
  });

  it('two streams work in one store', async () => {
    const texts = (name: string) =>
      createSlice({
        name,
        initialState: { texts: [] as string[] },
        reducers: {
          added: (state, { payload }: PayloadAction<{ text: string }>) => {
            state.texts.push(payload.text);
          },
        },
      });
    const [left, right] = [texts('left'), texts('right')];
    const of = (id: string) =>
      createRoundtrip({
        url: '',
        store: 'notebook',
        id,
        slices: id,
        fetch: (url, init) => {
          const body = (init.body as string | undefined)?.replace(/"(left|right)\//g, '"notebook/');
          return world.server.fetch(url, { ...init, ...(body && { body }) });
        },
      });
    vi.spyOn(console, 'warn').mockReturnValue();
    const [a, b] = [of('left'), of('right')];
    const store = configureStore({
      reducer: a.reducer(b.reducer(combineReducers({ left: left.reducer, right: right.reducer }))),
      middleware: (defaults) => defaults().concat(a.middleware, b.middleware),
    });
    store.dispatch(left.actions.added({ text: 'l' }));
    store.dispatch(right.actions.added({ text: 'r' }));
    await vi.waitUntil(() => [a, b].every(({ select }) => select(store.getState()).version === 1));
    expect([world.server.texts('left'), world.server.texts('right')]).toEqual([['l'], ['r']]);
    expect(store.getState()).toMatchObject({ left: { texts: ['l'] }, right: { texts: ['r'] } });
    await Promise.all([a.close(), b.close()]);
  });
});
