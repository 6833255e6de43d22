import { configureStore, type Reducer } from '@reduxjs/toolkit';
import { createRoundtrip } from '@roundtrip/client';
import type { Network } from '../network/network';
import { APPS, type Stream } from '../stores/apps';

/** An ordinary Redux store, kept in step with one stream of the server. */
export function openSession(stream: Stream, network: Network) {
  const { store, slices, reducer } = APPS[stream.app];
  const sync = createRoundtrip({ url: '', store, id: stream.id, slices, fetch: network.fetch });
  return {
    stream,
    sync,
    store: configureStore({
      reducer: sync.reducer(reducer as Reducer<object>),
      middleware: (getDefault) => getDefault().concat(sync.middleware),
    }),
  };
}

export type Session = ReturnType<typeof openSession>;
