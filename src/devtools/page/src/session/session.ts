import { configureStore, type Reducer } from '@reduxjs/toolkit';
import { createRoundtrip } from '@roundtrip/client';
import type { StoreUi } from '../storeUi';
import type { Caller } from '../user/signIn';
import type { Stream } from './stream';

/** A reducer that applies no action: the state is always the server's. */
const mirrorOf = (store: string): Reducer<object> => {
  const initial = { [store]: {} };
  return (state = initial) => state;
};

/**
 * Opens a Redux store that is kept in sync with one stream of the server.
 *
 * @param ui - Supplies the store's reducer. Without it every action is sent, and none is reduced here.
 */
export function openSession(stream: Stream, { user, network }: Caller, ui: StoreUi | undefined) {
  const sync = createRoundtrip({
    url: '',
    store: stream.store,
    id: stream.id,
    user: user?.name ?? '',
    fetch: network.fetch,
    ...(ui === undefined ? { actions: () => true } : { slices: ui.slices }),
  });
  const reducer = (ui?.reducer as Reducer<object> | undefined) ?? mirrorOf(stream.store);
  return {
    stream,
    ui,
    sync,
    store: configureStore({
      reducer: sync.reducer(reducer),
      middleware: (getDefault) => getDefault().concat(sync.middleware),
    }),
  };
}

export type Session = ReturnType<typeof openSession>;
