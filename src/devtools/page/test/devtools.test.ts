import 'fake-indexeddb/auto';
import { configureStore, type UnknownAction } from '@reduxjs/toolkit';
import { ActionCreators, instrument, type EnhancedStore } from '@redux-devtools/instrument';
import { createRoundtrip } from '@roundtrip/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { basket, ROOT } from './history';

const { opened, filled, closed } = basket.actions;

type Root = ReturnType<typeof ROOT>;

/** A server with one basket. */
class Server {
  version = 0;
  root = ROOT(undefined, { type: '@@INIT' });

  readonly fetch = (_: string, init: RequestInit): Promise<Response> => {
    if (init.method !== 'POST') {
      return Promise.resolve(
        this.version === 0
          ? Response.json(
              { type: '/problems/stream-not-found', title: '', status: 404 },
              { status: 404 },
            )
          : Response.json({ version: this.version, state: this.root.basket }),
      );
    }
    const outcomes = (JSON.parse(init.body as string) as UnknownAction[]).map((action) => {
      this.root = ROOT(this.root, action);
      this.version += 1;
      return { status: 'applied', version: this.version };
    });
    return Promise.resolve(
      Response.json({ version: this.version, state: this.root.basket, outcomes }),
    );
  };
}

function open() {
  const server = new Server();
  const sync = createRoundtrip({
    url: 'http://server',
    stores: { basket: {} },
    fetch: server.fetch,
  });
  const store = configureStore({
    reducer: sync.reducer(ROOT),
    middleware: (getDefault) => getDefault().concat(sync.middleware),
    // Below the middleware, like the browser's extension.
    enhancers: (getDefault) => getDefault().concat(instrument()),
  });
  const stream = sync.open({ store: 'basket', id: crypto.randomUUID() });
  const { liftedStore } = store as unknown as EnhancedStore<Root, never, null>;
  const lift = (action: unknown) => liftedStore.dispatch(action as never);
  const state = () => store.getState() as Root;
  return { server, sync, stream, store, state, lifted: () => liftedStore.getState(), lift };
}

let page: ReturnType<typeof open>;

beforeEach(() => {
  page = open();
});

afterEach(async () => {
  await page.sync.close();
});

async function synced(version: number): Promise<void> {
  await vi.waitFor(() => {
    expect(page.stream.select(page.state())).toMatchObject({ status: 'synced', version });
  });
}

it('going back in DevTools restores the earlier state', async () => {
  const { store, state, lift, lifted, server } = page;
  store.dispatch(opened({ owner: 'Ada' }));
  await synced(1);
  const before = state();
  const beforeIndex = lifted().currentStateIndex;

  store.dispatch(filled({ item: 'tea' }));
  await synced(2);
  const after = state();
  expect(after.basket).toStrictEqual(server.root.basket);
  const { currentStateIndex: afterIndex } = lifted();

  lift(ActionCreators.jumpToState(beforeIndex));
  expect(state()).toBe(before);
  lift(ActionCreators.jumpToState(afterIndex));
  expect(state()).toBe(after);
});

it('recomputing the log gives the same state', async () => {
  const { store, state, lift, lifted } = page;
  store.dispatch(opened({ owner: 'Ada' }));
  store.dispatch(filled({ item: 'tea' }));
  await synced(2);
  const whole = state();
  const { actionsById, stagedActionIds } = lifted();
  const types = stagedActionIds.map(
    (id) => (actionsById[id] as { action: UnknownAction } | undefined)?.action.type,
  );
  expect(types).toStrictEqual(expect.arrayContaining([opened.type, filled.type]));

  lift(ActionCreators.importState(lifted()));
  expect(state()).toStrictEqual(whole);
});

it('a refused action is not in the log', async () => {
  const { store, lifted } = page;
  await synced(0);
  const { stagedActionIds, computedStates } = lifted();
  expect(() => store.dispatch(closed())).toThrow('The basket is nobody’s.');
  expect(lifted().stagedActionIds).toStrictEqual(stagedActionIds);
  expect(lifted().computedStates.at(-1)).toStrictEqual(computedStates.at(-1));
});
