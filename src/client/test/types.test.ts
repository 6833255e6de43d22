import { configureStore } from '@reduxjs/toolkit';
import { describe, expectTypeOf, it } from 'vitest';
import type { Roundtrip, SyncState } from '../src/index.js';
import { root } from './support/world.js';

function makeStore(sync: Roundtrip) {
  return configureStore({
    reducer: sync.reducer(root),
    middleware: (defaults) => defaults().concat(sync.middleware),
  });
}
type RootState = ReturnType<ReturnType<typeof makeStore>['getState']>;

describe('types', () => {
  it('keep the slices of the root state and add the sync state', () => {
    expectTypeOf<RootState['notebook']>().toEqualTypeOf<{ texts: string[] }>();
    expectTypeOf<RootState['local']['clicks']>().toEqualTypeOf<number>();
    expectTypeOf<RootState['roundtrip:notebook/n-1']>().toEqualTypeOf<SyncState>();
    expectTypeOf<RootState>().not.toHaveProperty('other');
    expectTypeOf(makeStore).toBeFunction();
  });

  it('let any state be selected', () => {
    expectTypeOf<Roundtrip['select']>().toBeCallableWith({} as { notebook: object });
    expectTypeOf<Roundtrip['select']>().toBeCallableWith({} as RootState);
  });
});
