import { configureStore, type Middleware, type Reducer } from '@reduxjs/toolkit';
import { createRoundtrip } from '@roundtrip/client';
import { push } from '@roundtrip/client/push';
import type { StoreUi } from '../storeUi';
import type { Caller } from '../user/signIn';
import type { Stream } from './stream';

/** A reducer that applies no action: the state is always the server's. */
const mirrorOf = (store: string): Reducer<object> => {
  const initial = { [store]: {} };
  return (state = initial) => state;
};

/**
 * Makes a Redux store that is kept in sync with one stream of the server.
 *
 * @param ui - Supplies the store's reducer. Without it every action is sent, and none is reduced here.
 */
export function openSession(stream: Stream, { user, network }: Caller, ui: StoreUi | undefined) {
  const sync = createRoundtrip({
    url: '',
    user: user?.name ?? '',
    fetch: network.fetch,
    push: push({ openSocket: network.openSocket }),
    stores: {
      [stream.store]:
        ui === undefined
          ? { actions: () => true }
          : { slices: ui.slices, ...(ui.squash && { squash: ui.squash }) },
    },
  });
  const reducer = (ui?.reducer as Reducer<object> | undefined) ?? mirrorOf(stream.store);
  /** Counts the actions that are sent or squashed. */
  const counter: Middleware = () => (next) => (action) => {
    if ((action as { meta?: { roundtrip?: { id?: string } } }).meta?.roundtrip?.id) {
      network.countAction();
    }
    return next(action);
  };
  const store = configureStore({
    reducer: sync.reducer(reducer),
    middleware: (getDefault) => getDefault().concat(sync.middleware, counter),
  });
  return { stream, ui, sync, store, opened: sync.open(stream) };
}

export type Session = ReturnType<typeof openSession>;
