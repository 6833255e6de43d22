import { combineReducers, configureStore, createSlice } from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoundtrip } from '../src/index.js';
import { added, root, World } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const offline = () => Promise.reject(new TypeError('offline'));
const NOTEBOOK = { url: '', stores: { notebook: {} }, fetch: offline };

describe('wiring', () => {
  it.each([
    [{ stores: { '': {} } }, /store: expected/],
    [{ stores: { 'a/../b': {} } }, /store: expected/],
    [{ stores: {} }, /stores: expected/],
    [{ stores: undefined as never }, /stores: expected/],
    [{ stores: { notebook: { slices: [] } } }, /slices: expected/],
    [{ url: 'api.example.com' }, /url: expected/],
    [{ url: undefined as never }, /url: expected/],
    [{ maxOfflineAgeMs: 0 }, /maxOfflineAgeMs: expected/],
    [{ maxOfflineAgeMs: 90 * 86_400_000 }, /maxOfflineAgeMs: expected/],
    [{ sendAfterMs: -1 }, /sendAfterMs: expected/],
    [{ pollMs: NaN }, /pollMs: expected/],
  ])('refuses %o', (options, message) => {
    expect(() => createRoundtrip({ ...NOTEBOOK, ...(options as object) })).toThrow(message);
  });

  it.each([
    [{ id: '..' }, /id: expected/],
    [{ id: 'a/b' }, /id: expected/],
    [{ id: undefined as never }, /id: expected/],
    [{ store: 'cards' as never }, /store: expected one of notebook; received "cards"/],
  ])('refuses to open %o', (options, message) => {
    const { sync } = world.open();
    const open = () => sync.open({ store: 'notebook', id: 'n-2', ...options });
    expect(open).toThrow(TypeError);
    expect(open).toThrow(message);
  });

  it('reports a reducer that is not wrapped', () => {
    const sync = createRoundtrip(NOTEBOOK);
    expect(() => sync.select({})).toThrow('sync.reducer()');
    expect(() =>
      configureStore({
        reducer: root,
        middleware: (defaults) => defaults().concat(sync.middleware),
      }),
    ).toThrow('sync.reducer()');
  });

  it('reports a slice with the reserved name', () => {
    const slice = createSlice({ name: 'roundtrip', initialState: {}, reducers: {} });
    const sync = createRoundtrip(NOTEBOOK);
    const reducer = sync.reducer(combineReducers({ roundtrip: slice.reducer }) as never);
    expect(() => configureStore({ reducer })).toThrow('"roundtrip" is reserved');
  });

  it('reports a missing store and a second store', async () => {
    const sync = createRoundtrip(NOTEBOOK);
    await expect(sync.flush()).rejects.toThrow('sync.middleware');
    expect(() => sync.open({ store: 'notebook', id: 'n-1' })).toThrow('sync.middleware');
    const make = () =>
      configureStore({
        reducer: sync.reducer(root),
        middleware: (defaults) => defaults().concat(sync.middleware),
      });
    make();
    expect(make).toThrow('createRoundtrip for each store');
    await sync.close();
  });

  it('works without a browser, in memory', async () => {
    const warnings = vi.spyOn(console, 'warn').mockReturnValue();
    const sync = createRoundtrip({ ...NOTEBOOK, fetch: world.server.fetch });
    const store = configureStore({
      reducer: sync.reducer(root),
      middleware: (defaults) => defaults().concat(sync.middleware),
    });
    const stream = sync.open({ store: 'notebook', id: 'n-1' });
    const outcome = await sync.settled(store.dispatch(added({ text: 'a' })));
    expect(outcome).toEqual({ status: 'applied', version: 1 });
    expect(stream.select(store.getState())).toMatchObject({ durable: false, version: 1 });
    expect(warnings).toHaveBeenCalledOnce();
    await sync.close();
  });
});
