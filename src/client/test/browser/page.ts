/** A page with the counter that its address names, which the tests in `tests/client/browser` call. */
import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { createRoundtrip } from '../../src/index.js';
import { push } from '../../src/push.js';

const counter = createSlice({
  name: 'counter',
  initialState: { count: 0 },
  reducers: {
    stepped: (state, { payload }: PayloadAction<{ by: number }>) => {
      state.count += payload.by;
    },
  },
});

const sync = createRoundtrip({
  url: '',
  stores: { counters: { slices: 'counter' } },
  ...(location.search === '?push' && { push: push() }),
});
const store = configureStore({
  reducer: sync.reducer(combineReducers({ counter: counter.reducer })),
  middleware: (defaults) => defaults().concat(sync.middleware),
  devTools: false,
});
const stream = sync.open({ store: 'counters', id: location.hash.slice(1) });

const times: number[] = [];
store.subscribe(() => {
  const { count } = store.getState().counter;
  times[count] ??= performance.timeOrigin + performance.now();
});

Object.assign(globalThis, {
  step: (by: number): void => {
    store.dispatch(counter.actions.stepped({ by }));
  },
  /** Returns when each count was on display, in ms since the epoch. */
  times: () => times,
  flush: sync.flush,
  shown: () => ({ ...stream.select(store.getState()), count: store.getState().counter.count }),
});
