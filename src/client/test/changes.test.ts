import {
  combineReducers,
  createEntityAdapter,
  createSlice,
  type PayloadAction,
} from '@reduxjs/toolkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { complete, type Reply } from '../src/responses.js';
import { FAULTS } from './support/server.js';
import { root, tick, World, type Tab } from './support/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const synced = ({ state }: Tab): boolean => state.status === 'synced' && !state.pending.length;
const asked = (): string[] =>
  world.server.asked.map(({ path, headers }) =>
    [path.replace('/stores/notebook/n-1', ''), headers['prefer']].filter(Boolean).join(' '),
  );

describe('the client', () => {
  it('asks for the state once, and for what has changed from then on', async () => {
    const tab = world.open();
    await tab.until(synced);
    tab.add('a');
    await tab.until(synced);
    // Neither this answer, 304, nor that to a dispatch says when the stream was created.
    await tab.sync.flush();
    tab.add('b');
    await tab.until((other) => synced(other) && other.state.version === 2);
    tab.kill();
    world.server.write('theirs');
    const again = world.open();
    await again.until(({ state }) => state.version === 3);
    expect(asked()).toEqual([
      '',
      '/actions return=representation',
      '?since=1',
      '/actions?since=1 return=changes',
      '?since=2',
      '',
    ]);
    expect(again.texts).toEqual(['a', 'b', 'theirs']);
  });

  it('takes the patch of another tab’s answer to the state that was known when it was asked', async () => {
    const one = world.open();
    one.add('a');
    await one.until(synced);
    const two = world.open();
    await two.until(synced);
    world.server.write('theirs');
    one.add('b');
    await Promise.all([one.sync.flush(), two.sync.flush()]);
    await one.until(({ state }) => state.version === 3);
    await two.until(({ state }) => state.version === 3);
    expect([one.texts, two.texts]).toEqual([world.server.texts(), world.server.texts()]);
  });

  it.each([
    'patch of another version',
    'patch that does not apply',
    'patch of another stream',
    'patch by other reducers',
    'neither a state nor a patch',
  ] as const)('given a %s, asks for the whole state', async (fault) => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    await tab.sync.flush();
    world.server.write('theirs');
    world.server.asked.length = 0;
    world.server.faults.push(FAULTS[fault]);
    tab.add('b');
    await tab.until((other) => synced(other) && other.state.version === 3);
    expect(asked()).toEqual(['/actions?since=1 return=changes', '/actions return=representation']);
    expect(tab.texts).toEqual(['a', 'theirs', 'b']);
    world.server.write('more');
    world.server.asked.length = 0;
    world.server.faults.push(FAULTS[fault]);
    await tab.sync.flush();
    await tab.until(({ state }) => state.version === 4);
    expect(asked()).toEqual(['?since=3', '']);
    expect(tab.texts).toEqual(['a', 'theirs', 'b', 'more']);
  });

  it('follows a stream that was created anew and has reached a later version', async () => {
    const tab = world.open();
    tab.add('a');
    await tab.until(synced);
    await tab.sync.flush();
    world.server.reset();
    for (const text of ['x', 'y', 'z']) world.server.write(text);
    await tab.sync.flush();
    await tab.until(({ state }) => state.version === 3);
    expect(tab.texts).toEqual(['x', 'y', 'z']);
  });

  it('does not reduce again what waits while nothing is confirmed', async () => {
    let runs = 0;
    const reducer: typeof root = (state, action) => {
      if (action.type === 'notebook/added') runs += 1;
      return root(state, action);
    };
    const tab = world.open({}, {}, reducer);
    await tab.until(synced);
    tab.sync.pause();
    tab.add('a', 'b', 'c');
    for (let ticks = 0; ticks < 20; ticks++) await tick();
    world.server.always = FAULTS['request lost'];
    tab.sync.resume();
    await tab.until(({ state }) => state.status === 'offline');
    expect(runs).toBe(3);
  });
});

describe('entities', () => {
  interface Card {
    id: string;
    title: string;
  }
  const adapter = createEntityAdapter<Card>();
  const cards = createSlice({
    name: 'cards',
    initialState: adapter.getInitialState(),
    reducers: {
      renamed: (state, { payload }: PayloadAction<Card>) => {
        adapter.upsertOne(state, payload);
      },
    },
  });

  it('that nobody touches keep their identity, and an expected result changes nothing', async () => {
    const ids = ['a', 'b', 'c'];
    const entities = Object.fromEntries(ids.map((id) => [id, { id, title: id }]));
    const head = { headers: { etag: '"1.0a1b2c3d"' } };
    const fetch = (_url: string, init: RequestInit): Promise<Response> =>
      Promise.resolve(
        init.body
          ? Response.json(
              {
                version: 2,
                since: 1,
                changes: [
                  { op: 'add', path: '/cards/entities/b', value: { id: 'b', title: 'new' } },
                  { op: 'add', path: '/cards/entities/c', value: { id: 'c', title: 'theirs' } },
                ],
                outcomes: [{ status: 'applied', version: 2 }],
              },
              head,
            )
          : Response.json({ version: 1, state: { cards: { ids, entities } } }, head),
      );
    const tab = world.open(
      { store: 'boards', slices: ['cards'], fetch },
      {},
      combineReducers({ cards: cards.reducer }) as never,
    );
    const shown = () =>
      (tab.store.getState() as unknown as { cards: ReturnType<typeof cards.reducer> }).cards;
    await tab.until(({ state }) => state.version === 1);
    const first = shown();
    tab.store.dispatch(cards.actions.renamed({ id: 'b', title: 'new' }));
    const expected = shown();
    await tab.until(({ state }) => state.version === 2 && !state.pending.length);
    const last = shown();
    expect(last.ids).toBe(first.ids);
    expect(last.entities['a']).toBe(first.entities['a']);
    expect(last.entities['b']).toBe(expected.entities['b']);
    expect(last.entities['c']).toEqual({ id: 'c', title: 'theirs' });
    expect(tab.state.confirmed).toEqual({ cards: last });
    expect((tab.state.confirmed as { cards: unknown }).cards).toBe(last);
  });
});

describe('a response', () => {
  const known = { version: 1, state: { a: 1 }, etag: '"1.r"', createdAt: 'then', shape: 0 };
  const changes = [{ op: 'replace', path: '/a', value: 2 }];
  const reply = (body: unknown, etag: string | undefined = '"2.r"'): Reply => ({
    status: 200,
    body,
    retryAfterMs: 0,
    etag,
    dateMs: NaN,
  });

  it.each([
    [{ version: 2, since: 1, changes }],
    [{ version: 2, since: 1, changes, createdAt: 'then' }],
  ])('%o is completed with the state', (body) => {
    expect(complete(reply(body), known)?.body).toEqual({ ...body, state: { a: 2 } });
  });

  it.each([
    ['another version', reply({ version: 3, since: 2, changes })],
    ['another time of creation', reply({ version: 2, since: 1, changes, createdAt: 'now' })],
    ['other reducers', reply({ version: 2, since: 1, changes }, '"2.other"')],
    ['no known reducers', { ...reply({ version: 2, since: 1, changes }), etag: undefined }],
    ['no changes', reply({ version: 2, since: 1 })],
    ['neither', reply({ version: 2 })],
    ['a patch that does not apply', reply({ version: 2, since: 1, changes: [{}] })],
  ])('with %s is of no use', (_, useless) => {
    expect(complete(useless, known)).toBeUndefined();
  });

  it.each([
    ['with a state', reply({ version: 2, state: [] })],
    ['that is not the server’s', reply('<html>')],
    ['with a problem', { ...reply({ type: '/problems/deleted', version: 2 }), status: 410 }],
  ])('%s is left as it is', (_, whole) => {
    expect(complete(whole, known)).toBe(whole);
  });
});
