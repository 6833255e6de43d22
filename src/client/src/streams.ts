import type { Action, MiddlewareAPI } from 'redux';
import { stampOf } from './actions.js';
import { listen, type Browser } from './browser.js';
import { createClock } from './clock.js';
import { openStream, type OpenStream, type Page } from './openStream.js';
import { slicesOf, type OpenOptions, type Settings } from './options.js';
import type { Slices, SyncState } from './state.js';
import { joinTabs } from './tabs.js';

/** The streams of this page: those that are open, and in the background those with actions that wait. */
export interface Streams {
  /**
   * Returns the stream that an action belongs to, if it belongs to any.
   *
   * @throws Error when that stream is not open, or when there are several.
   */
  route(action: Action): OpenStream | undefined;
  /** Opens a stream, or shares it. Returns it with a function that ends this use. */
  open(options: OpenOptions): { stream: OpenStream; close: () => void };
  /** Returns a stream, in the background if it is not open. */
  get(name: string): OpenStream;
  all(): readonly OpenStream[];
  setPaused(paused: boolean): void;
  erase(): Promise<void>;
  close(): Promise<void>;
}

/** A tab that lost the lead does not take it back sooner: two tabs would take it in turns. */
const STEAL_AGAIN_MS = 10_000;

const keysOf = (slices: Slices = []): readonly string[] => [slices].flat();

export function createStreams(
  settings: Settings,
  browser: Browser,
  store: MiddlewareAPI,
  select: (state: object, stream: string) => SyncState,
): Streams {
  const { rules, user, database: databaseName, pollMs } = settings;
  const { document } = browser;
  const closing = new AbortController();
  const closed = closing.signal;
  const streams = new Map<string, OpenStream>();
  /** How many uses an open stream has. */
  const uses = new Map<string, number>();
  const database = browser.openDatabase(databaseName, user);
  let isLeader = false;
  let isPaused = false;
  let lostMs = -Infinity;

  const all = (): readonly OpenStream[] => [...streams.values()];
  const opened = (): readonly OpenStream[] => all().filter(({ slices }) => slices);
  const get = (name: string): OpenStream => {
    const stream = streams.get(name) ?? openStream(name, page);
    streams.set(name, stream);
    return stream;
  };
  const setPaused = (paused: boolean): void => {
    isPaused = paused;
    for (const stream of all()) stream.setPaused(paused);
  };
  const drop = (): Promise<unknown> => Promise.all(all().map((stream) => stream.stop(true)));
  /** Finds the streams that are not open and have actions that wait. */
  const list = async (): Promise<void> => {
    const names = await database.list().catch(() => []);
    if (!closed.aborted) for (const name of names) get(name);
  };
  const fetch = (): void => {
    for (const stream of opened()) stream.fetch();
  };

  const tabs = joinTabs(
    browser,
    `roundtrip:${JSON.stringify([databaseName, user])}`,
    closed,
    database.works,
    (message) => {
      const { stream, isNew, paused, erased, stored, hasNews } = message;
      if (closed.aborted) return;
      if (erased) void drop();
      if (paused !== undefined) setPaused(paused);
      if (stream === undefined) {
        // Another tab leads from now on, and does not know what this one shows.
        if (isNew) for (const { name } of opened()) tabs.post({ stream: name, isNew });
        return;
      }
      if (isNew && isPaused) tabs.post({ paused: isPaused });
      const isMade = isLeader && !streams.has(stream) && (isNew ?? stored ?? hasNews);
      if (isMade) get(stream).receive({ ...message, ...(isNew && { hasNews: true }) });
      else streams.get(stream)?.receive(message);
    },
    (leads) => {
      isLeader = leads;
      if (!leads) {
        lostMs = performance.now();
        return;
      }
      tabs.post({ isNew: true });
      for (const stream of all()) stream.lead();
      void list();
    },
  );
  const page: Page = {
    settings,
    browser,
    store,
    select,
    clock: createClock(),
    database,
    isLeader: () => isLeader,
    isPaused: () => isPaused,
    post: tabs.post,
    ask: (message) => {
      tabs.post(message);
      if (!isLeader) tabs.need();
    },
    succeedLeader: () => {
      if (performance.now() - lostMs > STEAL_AGAIN_MS) tabs.steal();
    },
    onStopped: (name) => {
      streams.delete(name);
      uses.delete(name);
    },
  };
  database.onReturn = () => {
    for (const stream of all()) stream.refresh();
    void list();
  };
  listen(
    browser,
    closed,
    () => {
      fetch();
      for (const stream of all()) stream.publish();
    },
    () => {
      for (const stream of all()) stream.publish();
    },
  );
  if (pollMs) {
    const timer = setInterval(() => {
      if (document?.visibilityState !== 'hidden') fetch();
    }, pollMs);
    closed.addEventListener('abort', () => {
      clearInterval(timer);
    });
    // In Node, the timer must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
  }
  void list();

  return {
    route: (action) => {
      const { type } = action;
      const name = stampOf(action)?.stream;
      const owners = [...rules].filter(([, { owns }]) => owns(action)).map(([owner]) => owner);
      const isFor = (stream: OpenStream): boolean =>
        name === undefined
          ? owners.includes(stream.name.split('/', 1)[0] ?? '')
          : stream.name === name;
      const found = opened().filter(isFor);
      if (found.length > 1) {
        throw new Error(
          `${type}: ${found.map((stream) => stream.name).join(' and ')} are open: dispatch stream.address(action).`,
        );
      }
      if (!found.length && (name ?? owners[0]) !== undefined) {
        throw new Error(
          name === undefined
            ? `${type} belongs to a stream of "${owners.join('" or "')}", and none is open: open one with sync.open().`
            : `${type} is addressed to "${name}", which is not open.`,
        );
      }
      return found[0];
    },
    open: (options) => {
      const slices = slicesOf(options, rules);
      const name = `${options.store}/${options.id}`;
      for (const stream of opened()) {
        const key = keysOf(stream.slices).find((each) => keysOf(slices).includes(each));
        const isSame = JSON.stringify(stream.slices) === JSON.stringify(slices);
        if (stream.name === name ? !isSame : key !== undefined) {
          throw new Error(
            `${stream.name} is open at "${keysOf(stream.slices).join()}": close it first${stream.name === name ? '' : ', or open ' + name + ' at another key'}.`,
          );
        }
      }
      const stream = get(name);
      if (!stream.slices && !stream.show(slices)) {
        const { roundtrip: _own, ...others } = store.getState() as Record<string, unknown>;
        throw new Error(
          `${name}: expected "${keysOf(slices).join()}" in the root state; it has ${Object.keys(others).join()}.`,
        );
      }
      uses.set(name, (uses.get(name) ?? 0) + 1);
      let isUsed = true;
      return {
        stream,
        close: () => {
          const count = uses.get(name) ?? 0;
          // After `erase()` another stream may have this name.
          if (!isUsed || streams.get(name) !== stream) return;
          isUsed = false;
          uses.set(name, count - 1);
          if (count === 1) stream.hide();
        },
      };
    },
    get,
    all,
    setPaused: (paused) => {
      tabs.post({ paused });
      setPaused(paused);
    },
    erase: async () => {
      tabs.post({ erased: true });
      await Promise.all([drop(), database.erase()]);
    },
    close: async () => {
      if (settings.sendAfterMs) await Promise.all(all().map((stream) => stream.flush()));
      closing.abort();
      await Promise.all(all().map((stream) => stream.stop()));
      database.close();
    },
  };
}
