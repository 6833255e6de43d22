import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rejected } from '../src/index.js';
import { added, clicked, root, unknown, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced';

describe('a dispatch', () => {
  it('of an async thunk stays local', async () => {
    const tab = world.open();
    tab.store.dispatch({ type: 'notebook/load/pending', meta: { arg: undefined } });
    tab.store.dispatch({ type: 'notebook' });
    tab.store.dispatch({ type: 'notebooks/added', payload: {} });
    await tab.until(synced);
    expect(tab.state.rejected).toEqual([]);
    expect(world.server.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('from a reducer, which Redux forbids, sends nothing', async () => {
    const reach: { store?: Tab['store'] } = {};
    const tab = world.open({}, {}, (state, action) => {
      if (action.type === 'impure') reach.store?.dispatch(added({ text: 'ghost' }));
      return root(state, action);
    });
    reach.store = tab.store;
    expect(() => tab.store.dispatch({ type: 'impure' })).toThrow(/reducer/);
    tab.add('a');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('is reduced at once, sent, and confirmed', async () => {
    const tab = world.open();
    const action = tab.store.dispatch(added({ text: 'a' }));
    expect(action).toMatchObject({ type: 'notebook/added', payload: { text: 'a' } });
    expect(tab.texts).toEqual(['a']);
    expect(tab.state.pending).toMatchObject([
      { action: { type: 'notebook/added', payload: { text: 'a' } }, sent: false },
    ]);
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
    expect(tab.state).toMatchObject({
      version: 1,
      confirmed: { texts: ['a'] },
      pending: [],
      durable: true,
    });
  });

  it('sends the action without the client’s stamp', async () => {
    const tab = world.open();
    tab.store.dispatch({ type: 'notebook/added', payload: { text: 'a' }, meta: { by: 'me' } });
    tab.add('b');
    await tab.until(synced);
    const sent = world.server.asked.flatMap(({ body }) =>
      body ? (JSON.parse(body) as unknown[]) : [],
    );
    expect(sent).toEqual([
      { type: 'notebook/added', payload: { text: 'a' }, meta: { by: 'me' } },
      { type: 'notebook/added', payload: { text: 'b' } },
    ]);
  });

  it('of an action of another slice is not sent', async () => {
    const tab = world.open();
    tab.store.dispatch(clicked());
    await tab.until(synced);
    expect(tab.state.pending).toEqual([]);
    expect(world.server.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each([
    ['a list', ['notebook/added']],
    ['the matches of a predicate', ({ type }: { type: string }) => type === 'notebook/added'],
  ])('is sent if its type is in %s', async (_, actions) => {
    const tab = world.open({ actions });
    tab.add('a');
    tab.store.dispatch(unknown());
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
    expect(tab.state.rejected).toEqual([]);
  });

  it('from a thunk is sent', async () => {
    const tab = world.open();
    tab.store.dispatch((dispatch) => {
      dispatch(added({ text: 'a' }));
      dispatch(added({ text: 'b' }));
    });
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('from a subscriber during another dispatch is queued after it', async () => {
    const tab = world.open();
    const unsubscribe = tab.store.subscribe(() => {
      unsubscribe();
      tab.add('second');
    });
    tab.add('first');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['first', 'second']);
  });

  it('that the local reducer refuses throws, and is neither stored nor sent', async () => {
    const tab = world.open();
    expect(() => {
      tab.add('refused here');
    }).toThrow(Rejected);
    tab.add('a');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
    expect(world.server.asked.filter(({ body }) => body?.includes('refused here'))).toEqual([]);
  });

  it('is kept when a subscriber throws', async () => {
    const tab = world.open();
    const unsubscribe = tab.store.subscribe(() => {
      unsubscribe();
      throw new Error('a component');
    });
    expect(() => {
      tab.add('a');
    }).toThrow('a component');
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a']);
  });

  it('after close() throws', async () => {
    const tab = world.open();
    await tab.close();
    expect(() => {
      tab.add('a');
    }).toThrow('none is open');
  });

  it.each([
    ['undefined', { a: undefined }],
    ['a Date', { a: new Date(0) }],
    ['NaN', { a: NaN }],
    ['Infinity', [Infinity]],
    ['a BigInt', { a: 1n }],
    ['a Map', new Map()],
    ['a function', { a: () => 1 }],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a name', { '\udc00': 1 }],
  ])('with %s is refused with a TypeError', (_, payload) => {
    const tab = world.open();
    expect(() => tab.store.dispatch({ type: 'notebook/added', payload })).toThrow(TypeError);
    expect(tab.state.pending).toEqual([]);
  });

  it('with members that a Flux Standard Action lacks is refused', () => {
    const tab = world.open();
    expect(() => tab.store.dispatch({ type: 'notebook/added', text: 'a' })).toThrow(
      /received text/,
    );
    expect(() => tab.store.dispatch({ type: 'notebook/added', meta: 'a' })).toThrow(TypeError);
  });

  it('before the storage is open keeps its place', async () => {
    let open = (): void => undefined;
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const offline = world.open({ fetch: () => Promise.reject(new TypeError('offline')) });
    offline.add('a');
    await offline.sync.flush();
    await offline.close();
    const tab = world.open({}, { open: () => opening });
    tab.add('b');
    expect(tab.texts).toEqual(['b']);
    open();
    await tab.until(synced);
    expect(tab.texts).toEqual(['a', 'b']);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });
});
