import { configureStore } from '@reduxjs/toolkit';
import { describe, expectTypeOf, it } from 'vitest';
import type {
  createRoundtrip,
  Outcome,
  Problem,
  Roundtrip,
  RoundtripState,
  Stream,
  SyncedAction,
  SyncState,
} from '../src/index.js';
import { added, root } from './support/world.js';

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
    expectTypeOf<RootState['roundtrip']>().toEqualTypeOf<RoundtripState>();
    expectTypeOf<RoundtripState['streams'][string]>().toEqualTypeOf<SyncState>();
    expectTypeOf<RootState>().not.toHaveProperty('unknown');
    expectTypeOf(makeStore).toBeFunction();
  });

  it('let any state be selected', () => {
    expectTypeOf<Roundtrip['select']>().toBeCallableWith({} as { notebook: object });
    expectTypeOf<Stream['select']>().toBeCallableWith({} as RootState);
  });

  it('know the names of the stores', () => {
    type Made = ReturnType<typeof createRoundtrip<'boards' | 'salesOrders'>>;
    expectTypeOf<Parameters<Made['open']>[0]['store']>().toEqualTypeOf<'boards' | 'salesOrders'>();
    expectTypeOf<Made>().toExtend<Roundtrip>();
  });

  it('keep the type of an action that is addressed', () => {
    const address = (stream: Stream) => stream.address(added({ text: 'a' }));
    expectTypeOf<ReturnType<typeof address>>().toEqualTypeOf<ReturnType<typeof added>>();
  });

  it('tell the outcomes apart', () => {
    const problemOf = (outcome: Outcome): Problem | undefined =>
      outcome.status === 'rejected' ? outcome.problem : undefined;
    expectTypeOf(problemOf).toBeFunction();
    expectTypeOf<Awaited<ReturnType<Roundtrip['settled']>>>().toEqualTypeOf<Outcome>();
  });

  it('name the stream of each entry of all streams', () => {
    type Entry = ReturnType<Roundtrip['selectPending']>[number];
    expectTypeOf<Entry['stream']>().toEqualTypeOf<string>();
    expectTypeOf<Entry['action']>().toEqualTypeOf<SyncedAction>();
  });
});
