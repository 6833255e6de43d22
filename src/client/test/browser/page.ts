/** A page with the counter that its address names, which `tests/client/browser/test_client.py` calls. */
import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { createRoundtrip } from '../../src/index.js';

const counter = createSlice({
  name: 'counter',
  initialState: { count: 0 },
  reducers: {
    stepped: (state, { payload }: PayloadAction<{ by: number }>) => {
      state.count += payload.by;
    },
  },
});

const sync = createRoundtrip({ url: '', stores: { counters: { slices: 'counter' } } });
const store = configureStore({
  reducer: sync.reducer(combineReducers({ counter: counter.reducer })),
  middleware: (defaults) => defaults().concat(sync.middleware),
  devTools: false,
});
const stream = sync.open({ store: 'counters', id: location.hash.slice(1) });

Object.assign(globalThis, {
  step: (by: number): void => {
    store.dispatch(counter.actions.stepped({ by }));
  },
  flush: sync.flush,
  shown: () => ({ ...stream.select(store.getState()), count: store.getState().counter.count }),
});
