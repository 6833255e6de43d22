import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { IDBFactory } from 'fake-indexeddb';
import type { Browser } from '../../src/browser.js';
import { Rejected } from '../../src/index.js';
import type { Queue } from '../../src/queue.js';
import type { RoundtripOptions } from '../../src/options.js';
import { roundtripIn } from '../../src/roundtrip.js';
import { openStorage, type Storage } from '../../src/storage.js';
import { Channels } from './channels.js';
import { Locks } from './locks.js';
import { ModelServer } from './server.js';

const notebook = createSlice({
  name: 'notebook',
  initialState: { texts: [] as string[] },
  reducers: {
    added: (state, { payload }: PayloadAction<{ text: string }>) => {
      if (payload.text === 'refused here')
        throw new Rejected('refused-here', 'This browser refuses it.');
      state.texts.push(payload.text);
    },
    unknown: (state) => state,
    torn: () => ({ $deleted: true }) as never,
  },
});
const local = createSlice({
  name: 'local',
  initialState: { clicks: 0, seen: 0 },
  reducers: { clicked: (state) => void (state.clicks += 1) },
  extraReducers: (builder) =>
    builder.addCase(notebook.actions.added, (state) => void (state.seen += 1)),
});

export const { added, torn, unknown } = notebook.actions;
export const { clicked } = local.actions;
export const root = combineReducers({ notebook: notebook.reducer, local: local.reducer });

/** Intercepts a page's storage: a step may succeed, fail, or kill the page. */
export interface Hooks {
  /** Wraps each change of the storage. */
  update?: (update: () => Promise<Queue>) => Promise<Queue>;
  open?: () => Promise<void>;
}

/** A browser and its server. */
export class World {
  readonly server = new ModelServer();
  readonly locks = new Locks();
  readonly channels = new Channels();
  readonly factory = new IDBFactory();
  readonly tabs: Tab[] = [];
  /** Whether Redux Toolkit checks each state for mutations, which is slow with many actions. */
  hasChecks = true;

  constructor(readonly hasLocks = true) {}

  open(
    options: Partial<RoundtripOptions> = {},
    hooks: Hooks = {},
    reducer: typeof root = root,
    preloadedState: object = {},
  ): Tab {
    const tab = new Tab(this, options, hooks, reducer, preloadedState);
    this.tabs.push(tab);
    return tab;
  }

  async close(): Promise<void> {
    await Promise.all(this.tabs.map((tab) => tab.close()));
  }
}

/** A page: the client in a Redux store, in a browser that the test controls. */
export class Tab {
  readonly window = new EventTarget();
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  onLine = true;
  isDead = false;
  readonly #kill: (() => void)[] = [];
  readonly sync;
  readonly store;

  constructor(
    world: World,
    options: Partial<RoundtripOptions>,
    hooks: Hooks,
    reducer: typeof root,
    preloadedState: object,
  ) {
    const locks = world.locks.ofTab();
    this.#kill.push(locks.kill);
    const browser: Browser = {
      locks: world.hasLocks ? locks : undefined,
      openChannel: (name) => {
        const channel = world.channels.open(name);
        this.#kill.push(() => {
          channel.kill();
        });
        return channel;
      },
      openStorage: async (stream) => {
        await hooks.open?.();
        return this.#mortal(await openStorage(world.factory, stream), hooks);
      },
      window: this.window,
      document: this.document,
      isOnLine: () => this.onLine,
    };
    const fetch = options.fetch ?? world.server.fetch;
    this.sync = roundtripIn(browser, {
      url: '',
      store: 'notebook',
      id: 'n-1',
      ...options,
      fetch: (url, init) => this.#alive(() => fetch(url, init)),
    });
    this.store = configureStore({
      reducer: this.sync.reducer(reducer),
      preloadedState,
      middleware: (defaults) =>
        defaults({ immutableCheck: world.hasChecks, serializableCheck: world.hasChecks }).concat(
          this.sync.middleware,
        ),
    });
  }

  get state() {
    return this.sync.select(this.store.getState());
  }

  get texts(): string[] {
    return this.store.getState().notebook.texts;
  }

  add(...texts: string[]): void {
    for (const text of texts) this.store.dispatch(added({ text }));
  }

  /** Ends the page's process: nothing of it continues or completes. */
  kill(): void {
    this.isDead = true;
    for (const kill of this.#kill) kill();
  }

  async close(): Promise<void> {
    if (!this.isDead) await this.sync.close();
  }

  /** Waits for a condition; if it never holds, the test times out. */
  async until(is: (tab: this) => boolean): Promise<void> {
    while (!is(this)) await tick();
  }

  #mortal(storage: Storage, { update = (go) => go() }: Hooks): Storage {
    return {
      update: (change, isStrict) =>
        this.#alive(() => update(() => storage.update(change, isStrict))),
      close: storage.close,
    };
  }

  /** Runs work of the page; once the page is dead, nothing starts and nothing completes. */
  #alive<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.isDead) return;
      work().then(
        (value) => {
          if (!this.isDead) resolve(value);
        },
        (error: unknown) => {
          if (!this.isDead) reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}

export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
