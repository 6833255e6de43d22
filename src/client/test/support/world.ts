import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { IDBFactory } from 'fake-indexeddb';
import type { Browser } from '../../src/browser.js';
import { Rejected } from '../../src/index.js';
import type { Queue } from '../../src/queue.js';
import type { OpenOptions, RoundtripOptions, StoreOptions } from '../../src/options.js';
import { roundtripIn, type Stream } from '../../src/roundtrip.js';
import { openDatabase, type Storage } from '../../src/storage.js';
import { push } from '../../src/push.js';
import { Channels } from './channels.js';
import { Locks } from './locks.js';
import { ModelServer } from './server.js';
import type { TestSocket } from './sockets.js';

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
export const root = combineReducers({
  notebook: notebook.reducer,
  other: notebook.reducer,
  local: local.reducer,
});

/** The options of the client, of its only store, and of the stream that is opened at once. */
export interface TabOptions extends Partial<RoundtripOptions>, Partial<OpenOptions>, StoreOptions {
  /** `false`: no stream is opened. */
  isOpen?: boolean;
  /** The server pushes to this page. */
  isPushed?: boolean;
}

/** Intercepts a page's storage: a step may succeed, fail, or kill the page. */
export interface Hooks {
  /** Wraps each change of the storage. */
  update?: (update: () => Promise<Queue>) => Promise<Queue>;
  /** Runs before everything that the page does with the storage. */
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
    options: TabOptions = {},
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
  readonly #stall: (() => () => void)[] = [];
  /** What happens once the page is no longer stalled. */
  #late: (() => void)[] | undefined;
  readonly sync;
  readonly store;
  /** The stream that is opened at once. */
  readonly stream: Stream;

  constructor(
    world: World,
    options: TabOptions,
    hooks: Hooks,
    reducer: typeof root,
    preloadedState: object,
  ) {
    const locks = world.locks.ofTab();
    this.#kill.push(locks.kill);
    const request = ((...args: Parameters<typeof locks.request>) =>
      this.#alive(() => locks.request(...args))) as LockManager['request'];
    const browser: Browser = {
      locks: world.hasLocks ? { request } : undefined,
      openChannel: (name) => {
        const channel = world.channels.open(name);
        this.#kill.push(() => {
          channel.kill();
        });
        this.#stall.push(channel.stall);
        return channel;
      },
      openDatabase: (name, user) => {
        const database = openDatabase(world.factory, name, user);
        const { storage, list, erase } = database;
        const opened = hooks.open?.();
        const after = <T>(work: () => Promise<T>): Promise<T> =>
          this.#alive(() => (opened ? opened.then(work) : work()));
        const update = hooks.update ?? ((go) => go());
        return Object.assign(database, {
          storage: (stream: string): Storage => {
            const own = storage(stream);
            return {
              update: (...change) => after(() => update(() => own.update(...change))),
            };
          },
          list: () => after(list),
          erase: () => after(erase),
        });
      },
      window: this.window,
      document: this.document,
      isOnLine: () => this.onLine,
    };
    const { store = 'notebook', id = 'n-1', at, isOpen = true, isPushed, ...others } = options;
    const { slices, actions, squash, shape, upgrade, ...client } = others;
    const fetch = client.fetch ?? world.server.fetch;
    const openSocket = (url: string): WebSocket => {
      const socket = world.server.sockets.connect(url);
      this.#kill.push(() => {
        socket.close();
      });
      this.#stall.push((socket as unknown as TestSocket).stall);
      return socket;
    };
    this.sync = roundtripIn(browser, {
      url: '',
      stores: {
        [store]: {
          ...(slices !== undefined && { slices }),
          ...(actions && { actions }),
          ...(squash && { squash }),
          ...(shape !== undefined && { shape }),
          ...(upgrade && { upgrade }),
        },
      },
      ...(isPushed && { push: push({ openSocket }) }),
      ...client,
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
    this.stream = isOpen
      ? this.sync.open({ store, id, ...(at !== undefined && { at }) })
      : (undefined as never);
  }

  /** The sync state of the stream that was opened at once. */
  get state() {
    return this.stream.select(this.store.getState());
  }

  /** Opens another notebook. */
  open(id: string, at?: string): Stream {
    return this.sync.open({ store: 'notebook', id, ...(at !== undefined && { at }) });
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

  /** Stops the page, as a dialog does, until the returned function is called. */
  stall(): () => void {
    const resume = this.#stall.map((stall) => stall());
    this.#late = [];
    return () => {
      const steps = [...(this.#late ?? []), ...resume];
      this.#late = undefined;
      for (const step of steps) step();
    };
  }

  async close(): Promise<void> {
    if (!this.isDead) await this.sync.close();
  }

  /** Waits for a condition; if it never holds, the test times out. */
  async until(is: (tab: this) => boolean): Promise<void> {
    while (!is(this)) await tick();
  }

  /** Runs work of the page; while it is stalled and once it is dead, nothing starts or completes. */
  #alive<T>(work: () => Promise<T>): Promise<T> {
    const live = (step: () => void): void => {
      if (this.#late) this.#late.push(step);
      else if (!this.isDead) step();
    };
    return new Promise((resolve, reject) => {
      live(() => {
        work().then(
          (value) => {
            live(() => {
              resolve(value);
            });
          },
          (error: unknown) => {
            live(() => {
              reject(error instanceof Error ? error : new Error(String(error)));
            });
          },
        );
      });
    });
  }
}

export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
