import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncedAction } from '../src/index.js';
import { FAULTS } from './support/server.js';
import { added, clicked, tick, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced';
const add = (tab: Tab, text: string) => tab.store.dispatch(added({ text }));
const rest = async (): Promise<void> => {
  for (let ticks = 0; ticks < 30; ticks++) await tick();
};
/** The last one wins, as for a slider. */
const squash = (_previous: SyncedAction, next: SyncedAction): SyncedAction => next;

describe('settled()', () => {
  it('resolves with a version that contains the action, or with its problem', async () => {
    world.server.refused.add('b');
    const tab = world.open();
    const actions = ['a', 'b', 'c'].map((text) => add(tab, text));
    const outcomes = await Promise.all(actions.map((action) => tab.sync.settled(action)));
    expect(outcomes).toMatchObject([
      { status: 'applied', version: 2 },
      { status: 'rejected', problem: { code: 'refused' } },
      { status: 'applied', version: 2 },
    ]);
    expect(tab.state.pending).toEqual([]);
    expect(await tab.sync.settled(actions[1] as never)).toEqual(outcomes[1]);
  });

  it('resolves for an action that is discarded, sent or not', async () => {
    const tab = world.open();
    await tab.until(synced);
    world.server.always = FAULTS['reply lost'];
    const sent = add(tab, 'sent');
    await tab.until(({ state }) => state.status === 'offline');
    const unsent = add(tab, 'unsent');
    const outcomes = [sent, unsent].map((action) => tab.sync.settled(action));
    for (const { id } of tab.state.pending) await tab.sync.discard(id);
    expect(await Promise.all(outcomes)).toEqual([{ status: 'discarded' }, { status: 'discarded' }]);
    expect(tab.state.pending).toEqual([]);
    expect(tab.texts).toEqual([]);
    world.server.always = undefined;
    await tab.sync.flush();
    // It was in force already.
    expect(tab.texts).toEqual(['sent']);
  });

  it('resolves after its stream was closed', async () => {
    const tab = world.open();
    const action = add(tab, 'a');
    tab.stream.close();
    expect(await tab.sync.settled(action)).toEqual({ status: 'applied', version: 1 });
    expect(await tab.sync.settled(action)).toEqual({ status: 'applied', version: 1 });
  });

  it('rejects for a local action, and when the client is closed', async () => {
    world.server.always = FAULTS['request lost'];
    const tab = world.open();
    await expect(tab.sync.settled(tab.store.dispatch(clicked()))).rejects.toThrow(TypeError);
    const waiting = expect(tab.sync.settled(add(tab, 'a'))).rejects.toThrow('was closed');
    await rest();
    await tab.close();
    await waiting;
  });
});

describe('squash', () => {
  it('sends the last value of a slider, and the settled outcome is that of all', async () => {
    const tab = world.open({ squash, sendAfterMs: 60_000 });
    await tab.until(synced);
    const actions = Array.from({ length: 100 }, (_, index) => add(tab, String(index)));
    expect(tab.state.pending).toMatchObject([{ action: { payload: { text: '99' } } }]);
    await rest();
    expect(world.server.texts()).toEqual([]);
    const outcomes = Promise.all(actions.map((action) => tab.sync.settled(action)));
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['99']);
    expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(['applied']));
    expect(tab.texts).toEqual(['99']);
  });

  it('reduces the action that was dispatched, and keeps both when it returns undefined', async () => {
    const tab = world.open({
      sendAfterMs: 60_000,
      squash: (previous, next) => {
        const [one, two] = [previous, next].map(
          ({ payload }) => (payload as { text: string }).text,
        );
        return one && two && one.length < 3 ? { ...next, payload: { text: one + two } } : undefined;
      },
    });
    await tab.until(synced);
    for (const text of ['a', 'b', 'c', 'd']) add(tab, text);
    expect(tab.texts).toEqual(['a', 'b', 'c', 'd']);
    expect(tab.state.pending.map(({ action }) => action.payload)).toEqual([
      { text: 'abc' },
      { text: 'd' },
    ]);
  });

  it.each([
    () => {
      throw new Error('no');
    },
    () => ({}) as never,
    () => 'rubbish' as never,
    () => ({ type: 'notebook/added', payload: () => 1 }),
  ])('that throws or returns no action keeps both', async (broken) => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const tab = world.open({ squash: broken, sendAfterMs: 60_000 });
    add(tab, 'a');
    add(tab, 'b');
    expect(error).toHaveBeenCalled();
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('leaves an action alone that may have been sent', async () => {
    const tab = world.open({ squash });
    await tab.until(synced);
    world.server.always = FAULTS['reply lost'];
    add(tab, 'sent');
    await tab.until(({ state }) => state.status === 'offline');
    add(tab, 'a');
    expect(tab.state.pending).toHaveLength(2);
    add(tab, 'b');
    expect(tab.state.pending).toHaveLength(2);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['sent', 'b']);
  });

  it('takes nothing back when the reducer refuses the next action', async () => {
    const tab = world.open({ squash, sendAfterMs: 60_000 });
    await tab.until(synced);
    add(tab, 'a');
    expect(() => add(tab, 'refused here')).toThrow('refuses');
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('sendAfterMs', () => {
  it('ends when the page is hidden, after which it may end', async () => {
    const tab = world.open({ sendAfterMs: 60_000 });
    await tab.until(synced);
    const action = add(tab, 'a');
    tab.document.visibilityState = 'hidden';
    tab.document.dispatchEvent(new Event('visibilitychange'));
    expect(await tab.sync.settled(action)).toEqual({ status: 'applied', version: 1 });
  });

  it('ends when a stream or the client is closed', async () => {
    const tab = world.open({ sendAfterMs: 60_000 });
    const second = tab.open('n-2', 'other');
    await tab.until(synced);
    tab.store.dispatch(tab.stream.address(added({ text: 'a' })));
    tab.store.dispatch(second.address(added({ text: 'b' })));
    await rest();
    expect([world.server.texts(), world.server.texts('n-2')]).toEqual([[], []]);
    second.close();
    await tab.until(() => world.server.texts('n-2').length > 0);
    expect(world.server.texts()).toEqual([]);
    await tab.close();
    expect(world.server.texts()).toEqual(['a']);
  });
});

describe('erase()', () => {
  it('closes the streams, deletes what waits, and lets the user start anew', async () => {
    const tab = world.open();
    add(tab, 'a');
    await tab.until(synced);
    world.server.always = FAULTS['request lost'];
    const waiting = expect(tab.sync.settled(add(tab, 'b'))).rejects.toThrow('was closed');
    await rest();
    await tab.sync.erase();
    await waiting;
    expect(tab.store.getState()).toMatchObject({
      notebook: { texts: [] },
      roundtrip: { streams: {} },
    });
    expect(() => add(tab, 'c')).toThrow('none is open');
    tab.open('n-1');
    await rest();
    expect(tab.texts).toEqual([]);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(tab.texts).toEqual(['a']);
    await tab.close();
    expect(world.server.texts()).toEqual(['a']);
  });

  it('leaves no outcome to wait for, and a closed client opens nothing', async () => {
    world.server.always = FAULTS['request lost'];
    const tab = world.open();
    const action = add(tab, 'a');
    await tab.until(({ state }) => state.status === 'offline');
    await tab.sync.erase();
    await expect(tab.sync.settled(action)).rejects.toThrow('closed or erased before');
    await tab.sync.close();
    expect(() => tab.open('n-1')).toThrow('This client is closed');
    await expect(tab.sync.settled(action)).rejects.toThrow('This client is closed');
  });

  it('of another tab closes the streams of a tab that was writing, without a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const [tab, another] = [world.open(), world.open()];
    add(another, 'a');
    await tab.until(({ texts }) => texts.length > 0);
    // The message does not arrive.
    const resume = another.stall();
    await tab.sync.erase();
    add(another, 'b');
    resume();
    await another.until(({ state }) => state.slices === undefined);
    expect(another.texts).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('right after a dispatch sends and writes nothing', async () => {
    const tab = world.open();
    const action = add(tab, 'a');
    await Promise.all([
      expect(tab.sync.settled(action)).rejects.toThrow('was closed'),
      tab.sync.erase(),
    ]);
    await tab.close();
    const again = world.open();
    await again.until(synced);
    expect([again.texts, world.server.texts()]).toEqual([[], []]);
  });

  it('closes them in other tabs, which write nothing any more', async () => {
    const [tab, second] = [world.open(), world.open()];
    await second.until(synced);
    world.server.always = FAULTS['request lost'];
    add(second, 'a');
    await rest();
    await tab.sync.erase();
    await second.until(({ state }) => !state.slices);
    expect(second.texts).toEqual([]);
    await rest();
    await Promise.all([tab.close(), second.close()]);
    world.server.always = undefined;
    const again = world.open();
    await again.until(synced);
    expect([again.texts, world.server.texts()]).toEqual([[], []]);
  });
});

describe('a release in between', () => {
  const keep = async (): Promise<void> => {
    const before = world.open({ shape: 1 });
    add(before, 'a');
    await before.until(synced);
    world.server.always = FAULTS['request lost'];
    add(before, 'b');
    await before.until(({ state }) => state.status === 'offline');
    await before.close();
  };

  it('upgrades the state that is kept, and then asks for the whole state', async () => {
    await keep();
    const upgrade = vi.fn((state: unknown, shape: number) => ({
      texts: [...(state as { texts: string[] }).texts, `from ${shape}`],
    }));
    const tab = world.open({ shape: 2, upgrade });
    await tab.until(({ state }) => state.version === 1);
    expect(tab.texts).toEqual(['a', 'from 1', 'b']);
    world.server.always = undefined;
    world.server.asked.length = 0;
    await tab.sync.flush();
    expect(world.server.asked[0]?.path).toBe('/stores/notebook/n-1');
    expect(tab.texts).toEqual(['a', 'b']);
    await tab.close();
    upgrade.mockClear();
    const again = world.open({ shape: 2, upgrade });
    await again.until(synced);
    expect(upgrade).not.toHaveBeenCalled();
  });

  it.each([
    ['is missing', {}],
    [
      'throws',
      {
        upgrade: () => {
          throw new Error('no idea');
        },
      },
    ],
  ])('drops it when the upgrade %s, and still shows and sends what waits', async (_, options) => {
    await keep();
    vi.spyOn(console, 'error').mockReturnValue();
    const tab = world.open({ shape: 2, ...options });
    await tab.until(({ state }) => state.pending.length > 0);
    expect(tab.state).toMatchObject({ version: 0, confirmed: undefined });
    expect(tab.texts).toEqual(['b']);
    world.server.always = undefined;
    await tab.sync.flush();
    expect(world.server.texts()).toEqual(['a', 'b']);
  });

  it('that changes the URL finds what waits', async () => {
    await keep();
    world.server.always = (asked, server) =>
      server({ ...asked, path: asked.path.replace('https://new.example', '') });
    const tab = world.open({ shape: 1, url: 'https://new.example/' });
    await tab.until((each) => synced(each) && each.state.version === 2);
    expect(world.server.texts()).toEqual(['a', 'b']);
  });
});

describe('pollMs', () => {
  it('fetches while the page is visible', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const tab = world.open({ pollMs: 5000 });
    await tab.until(synced);
    world.server.write('one');
    vi.advanceTimersByTime(4999);
    await rest();
    expect(tab.texts).toEqual([]);
    vi.advanceTimersByTime(1);
    await tab.until(({ texts }) => texts.includes('one'));
    tab.document.visibilityState = 'hidden';
    world.server.write('two');
    vi.advanceTimersByTime(20_000);
    await rest();
    expect(tab.texts).toEqual(['one']);
    tab.document.visibilityState = 'visible';
    vi.advanceTimersByTime(5000);
    await tab.until(({ texts }) => texts.includes('two'));
    await tab.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
