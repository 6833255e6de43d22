import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAULTS, problem } from './support/server.js';
import type { RejectedAction } from '../src/index.js';
import { tick, unknown, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const textsOf = (entries: readonly { action: { payload?: unknown } }[]): string[] =>
  entries.map(({ action }) => (action.payload as { text: string }).text);
const synced = ({ state }: Tab): boolean => state.status === 'synced';
const rejectedOf = ({ state }: Tab): readonly RejectedAction[] => state.rejected;

describe('a response', () => {
  it.each(['captive portal', 'request lost', 'gateway without a server'] as const)(
    '%s: offline, and no action is lost',
    async (fault) => {
      world.server.always = FAULTS[fault];
      const tab = world.open();
      tab.add('a');
      await tab.until(({ state }) => state.status === 'offline');
      expect(textsOf(tab.state.pending)).toEqual(['a']);
      world.server.always = undefined;
      await tab.sync.flush();
      expect(tab.state.status).toBe('synced');
      expect(world.server.texts()).toEqual(['a']);
    },
  );

  it('401: needsAuth; resume() sends the same batch under the same key', async () => {
    const keys: (string | undefined)[] = [];
    world.server.always = (asked, server) => {
      if (!asked.key) return server(asked);
      keys.push(asked.key);
      return Response.json({ message: 'Unauthorized' }, { status: 401 });
    };
    const tab = world.open();
    tab.add('a');
    await tab.until(({ state }) => state.status === 'needsAuth' && state.pending[0]?.sent === true);
    tab.add('b');
    await tick();
    world.server.always = undefined;
    tab.window.dispatchEvent(new Event('online'));
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    expect(world.server.texts()).toEqual([]);
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a', 'b']);
    expect(world.server.asked.find(({ key }) => key)?.key).toBe(keys.at(-1));
  });

  it('invalid actions at the front and in the middle are rejected, and the rest is sent', async () => {
    const tab = world.open();
    tab.sync.pause();
    tab.store.dispatch(unknown());
    tab.add('a');
    tab.store.dispatch({ type: 'notebook/added', payload: { text: 1 } });
    tab.add('b');
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a', 'b']);
    expect(rejectedOf(tab).map(({ problem: { type } }) => type)).toEqual([
      '/problems/unknown-action-type',
      '/problems/invalid-payload',
    ]);
    expect(tab.texts).toEqual(['a', 'b']);
  });

  it('a rejection in the middle: the other actions are applied, and its effect disappears', async () => {
    world.server.refused.add('b');
    const tab = world.open();
    tab.add('a', 'b', 'c');
    expect(tab.texts).toEqual(['a', 'b', 'c']);
    await tab.until(synced);
    expect(tab.texts).toEqual(['a', 'c']);
    expect(rejectedOf(tab)).toMatchObject([
      { problem: { type: '/problems/rejected', code: 'refused' } },
    ]);
  });

  it('all rejected: each with its problem', async () => {
    world.server.refused.add('a').add('b');
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(synced);
    expect(textsOf(rejectedOf(tab))).toEqual(['a', 'b']);
    expect(tab.texts).toEqual([]);
  });

  it.each([
    [400, 'not-json'],
    [409, 'conflict'],
    [422, 'something-new'],
  ])('%i %s without an index: halving the batch finds the action', async (status, slug) => {
    world.server.always = (asked, server) =>
      asked.body?.includes('"bad"') ? problem(status, slug) : server(asked);
    const tab = world.open();
    tab.sync.pause();
    tab.add('a', 'b', 'bad', 'c', 'd');
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a', 'b', 'c', 'd']);
    expect(rejectedOf(tab)).toMatchObject([{ problem: { type: `/problems/${slug}` } }]);
  });

  it('413: the batch is halved; a single action is rejected', async () => {
    world.server.maxActions = 2;
    const tab = world.open();
    tab.sync.pause();
    tab.add('a', 'b', 'c', 'd', 'e');
    tab.sync.resume();
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['a', 'b', 'c', 'd', 'e']);
    world.server.always = () => new Response('too large', { status: 413 });
    tab.add('f');
    await tab.until(({ state }) => state.rejected.length > 0);
    expect(textsOf(rejectedOf(tab))).toEqual(['f']);
  });

  it('key-reused: rejected, never sent under another key', async () => {
    world.server.faults.push((asked, server) =>
      asked.body ? problem(422, 'key-reused') : server(asked),
    );
    world.server.faults.push(...world.server.faults);
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(({ state }) => state.rejected.length > 0);
    expect(textsOf(rejectedOf(tab))).toEqual(['a', 'b']);
    await tab.until(synced);
    expect(world.server.texts()).toEqual([]);
  });

  it('410: the deletion is shown', async () => {
    world.server.write('theirs');
    world.server.streams.set('n-1', { version: 2, state: { $deleted: true } });
    const tab = world.open();
    await tab.until(synced);
    expect(tab.state).toMatchObject({ version: 2, confirmed: { $deleted: true } });
  });

  it('another client deletes the stream: actions are rejected, then the state is fetched', async () => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    tab.sync.pause();
    tab.add('b', 'c');
    world.server.streams.set('n-1', { version: 2, state: { $deleted: true } });
    tab.sync.resume();
    await tab.until(({ state }) => state.version === 2);
    expect(textsOf(rejectedOf(tab))).toEqual(['b', 'c']);
    expect(tab.store.getState().notebook).toEqual({ $deleted: true });
  });

  it('a wrong store or URL: error, and all actions are kept', async () => {
    const tab = world.open({ url: 'http://127.0.0.1/elsewhere' });
    tab.add('a');
    await tab.until(({ state }) => state.status === 'error');
    expect(tab.state.problem).toMatchObject({ type: '/problems/unknown-store' });
    expect(textsOf(tab.state.pending)).toEqual(['a']);
  });

  it('internal: error, and all actions are kept', async () => {
    world.server.always = FAULTS.internal;
    const tab = world.open();
    tab.add('a');
    await tab.until(({ state }) => state.status === 'error');
    expect(textsOf(tab.state.pending)).toEqual(['a']);
  });

  it('a reset server: its state replaces ours, and pending actions are sent', async () => {
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(synced);
    tab.sync.pause();
    tab.add('c');
    world.server.reset();
    tab.sync.resume();
    await tab.until(synced);
    expect(tab.state).toMatchObject({ version: 1, confirmed: { texts: ['c'] } });
    world.server.reset();
    await tab.sync.flush();
    expect(tab.state).toMatchObject({ version: 0, pending: [] });
    expect(tab.texts).toEqual([]);
  });
});

describe('a rejected action', () => {
  it('stays until it is discarded, even after a reload', async () => {
    world.server.refused.add('a');
    const tab = world.open();
    tab.add('a');
    await tab.until(({ state }) => state.rejected.length > 0);
    await tab.close();
    const again = world.open();
    await again.until(({ state }) => state.rejected.length > 0);
    await again.sync.discard(again.state.rejected[0]?.id ?? '');
    expect(again.state.rejected).toEqual([]);
    await again.sync.discard('unknown');
  });

  it('is appended to the queue again by retry()', async () => {
    world.server.refused.add('a');
    const tab = world.open();
    tab.add('a', 'b');
    await tab.until(({ state }) => state.rejected.length > 0);
    world.server.refused.clear();
    await tab.sync.retry(tab.state.rejected[0]?.id ?? '');
    expect(tab.texts).toEqual(['b', 'a']);
    await tab.until(synced);
    expect(world.server.texts()).toEqual(['b', 'a']);
    expect(tab.state.rejected).toEqual([]);
  });
});
