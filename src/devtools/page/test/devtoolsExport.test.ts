import { legacy_createStore as createStore } from 'redux';
import { ActionCreators, instrument, type EnhancedStore } from '@redux-devtools/instrument';
import { importState } from '@redux-devtools/utils';
import { createRoundtrip } from '@roundtrip/client';
import { describe, expect, it } from 'vitest';
import { exportForDevTools, statesOf } from '../src/console/devtoolsExport';
import { ACTIONS, EVENTS, REFUSED, ROOT, STATE } from './history';

type Root = ReturnType<typeof ROOT>;

/** Imports a file like Redux DevTools. */
function imported(text: string, noRecompute: boolean, reducer = ROOT) {
  const store = createStore(reducer, instrument()) as unknown as EnhancedStore<Root, never, null>;
  const read = importState(text, {});
  if (read === undefined) throw new Error('expected a file that importState reads');
  const { nextLiftedState } = read as unknown as {
    nextLiftedState: Parameters<typeof ActionCreators.importState>[0];
  };
  store.liftedStore.dispatch(ActionCreators.importState(nextLiftedState, noRecompute) as never);
  return store;
}

describe.each([
  ['with the states in the file', true],
  ['with the states computed again', false],
])('imported into Redux DevTools, %s', (_, noRecompute) => {
  const store = imported(exportForDevTools(EVENTS, statesOf(EVENTS, ROOT)), noRecompute);
  const lifted = store.liftedStore.getState();

  it('the log has every action as it was dispatched, with its time', () => {
    const log = lifted.stagedActionIds.map((id) => lifted.actionsById[id]);
    expect(log.map((entry) => entry?.action)).toStrictEqual([
      { type: '@@INIT' },
      ...(JSON.parse(JSON.stringify(ACTIONS)) as object[]),
    ]);
    expect(log.slice(1).map((entry) => entry?.timestamp)).toStrictEqual(
      EVENTS.map((event) => Date.parse(event.recordedAt)),
    );
  });

  it('the last computed state is the server’s state', () => {
    expect(store.getState()).toStrictEqual({ basket: STATE });
    expect(lifted.computedStates.at(-1)).toStrictEqual({ state: { basket: STATE } });
  });

  it('jumps to any version', () => {
    for (const [index] of EVENTS.entries()) {
      store.liftedStore.dispatch(ActionCreators.jumpToState(index) as never);
      const expected = ACTIONS.slice(0, index).reduce(ROOT, ROOT(undefined, { type: '@@INIT' }));
      expect(store.getState()).toStrictEqual(expected);
    }
  });
});

describe('the export', () => {
  it('can be imported into this page’s store', () => {
    const sync = createRoundtrip({ url: 'http://localhost', stores: { basket: {} } });
    const reducer = sync.reducer(ROOT) as unknown as typeof ROOT;
    const store = imported(exportForDevTools(EVENTS, statesOf(EVENTS, ROOT)), false, reducer);
    expect(store.getState().basket).toStrictEqual(STATE);
  });

  it('has an empty log for a stream without events', () => {
    const lifted = imported(exportForDevTools([], statesOf([], ROOT)), true).liftedStore.getState();
    expect(lifted.stagedActionIds).toStrictEqual([0]);
    expect(lifted.computedStates).toStrictEqual([
      { state: { basket: { items: [], closed: false } } },
    ]);
  });

  it('marks the action that a reducer refuses, and computes no further states', () => {
    const more = [...EVENTS, REFUSED, { ...REFUSED, version: 6 }];
    const { computedStates } = imported(
      exportForDevTools(more, statesOf(more, ROOT)),
      true,
    ).liftedStore.getState();
    expect(computedStates.slice(-2)).toStrictEqual([
      {
        state: { basket: STATE },
        error: 'Rejected: The basket is closed already.',
      },
      { state: { basket: STATE }, error: 'Interrupted by an error up the chain' },
    ]);
  });
});
