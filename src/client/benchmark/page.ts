/** A page with a large state, which `tests/client/browser/measure.py` opens and calls. */
import {
  combineReducers,
  configureStore,
  createEntityAdapter,
  createSlice,
  type PayloadAction,
} from '@reduxjs/toolkit';
import { createRoundtrip } from '../src/index.js';

interface Card {
  readonly id: string;
  readonly title: string;
}

const adapter = createEntityAdapter<Card>();
const cards = createSlice({
  name: 'cards',
  initialState: adapter.getInitialState(),
  reducers: {
    renamed: (state, { payload }: PayloadAction<{ id: string; title: string }>) => {
      adapter.updateOne(state, { id: payload.id, changes: { title: payload.title } });
    },
  },
});

/** Bytes of each response's body, before decompression in the browser. */
const answers: number[] = [];
const startedMs = performance.now();
const sync = createRoundtrip({
  url: '',
  stores: { boards: { slices: ['cards', 'settings'], actions: ['cards/renamed'] } },
  fetch: async (url, init) => {
    const response = await fetch(url, init);
    answers.push((await response.clone().arrayBuffer()).byteLength);
    return response;
  },
});
const store = configureStore({
  reducer: sync.reducer(
    combineReducers({ cards: cards.reducer, settings: (state: object = {}) => state }),
  ),
  middleware: (defaults) => defaults().concat(sync.middleware),
  devTools: false,
});
sync.open({ store: 'boards', id: 'b-1' });

let shownMs = 0;
let shownId = '';
store.subscribe(() => {
  const state = store.getState();
  const count = state.cards.ids.length;
  if (count && !shownMs) shownMs = performance.now() - startedMs;
  document.body.textContent = `${count} cards, ${state.cards.entities[shownId]?.title}`;
});

const until = async (is: () => boolean): Promise<void> => {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const isSynced = (): boolean => sync.selectStatus(store.getState()) === 'synced';

/** Returns the longest time in ms that the page is blocked until `is` holds. */
const longestBlock = async (is: () => boolean): Promise<number> => {
  let longest = 0;
  while (!is()) {
    const at = performance.now();
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
    longest = Math.max(longest, performance.now() - at);
  }
  return longest;
};

/** Waits until the server's state is shown; returns how long the stored one took, in ms. */
async function opened(): Promise<{ shownMs: number; answerBytes: number | undefined }> {
  await until(() => isSynced() && shownMs > 0);
  return { shownMs, answerBytes: answers.at(-1) };
}

/** Renames a card; returns times in ms, the answer's bytes and how many cards lost their identity. */
async function rename(index: number): Promise<object> {
  const before = store.getState().cards.entities;
  const id = store.getState().cards.ids[index] ?? '';
  shownId = id;
  const at = performance.now();
  store.dispatch(cards.actions.renamed({ id, title: `new title ${at}` }));
  const dispatchMs = performance.now() - at;
  await new Promise(requestAnimationFrame);
  const frameMs = performance.now() - at;
  const blockMs = await longestBlock(isSynced);
  const after = store.getState().cards.entities;
  const changed = Object.keys(after).filter((each) => after[each] !== before[each]).length;
  const alone = performance.now();
  cards.reducer(store.getState().cards, cards.actions.renamed({ id, title: 'not dispatched' }));
  const reducerMs = performance.now() - alone;
  return { reducerMs, dispatchMs, frameMs, blockMs, answerBytes: answers.at(-1), changed };
}

Object.assign(window, { opened, rename });
