import type { Action, MiddlewareAPI } from 'redux';
import { stampOf } from './actions.js';
import { listen, type Browser } from './browser.js';
import { createClock } from './clock.js';
import { openStream, type OpenStream } from './openStream.js';
import { slicesOf, type OpenOptions, type Settings } from './options.js';
import type { Page } from './page.js';
import type { Start } from './reducer.js';
import type { SyncState } from './state.js';
import { joinTabs, type Message } from './tabs.js';

/** The streams of this page: those that are open, and in the background those with actions that wait. */
export interface Streams {
  /**
   * Returns the stream that an action belongs to, if it belongs to any.
   *
   * @throws Error when that stream is not open, or when there are several.
   */
  route(action: Action): OpenStream | undefined;
  /** Opens a stream, or shares it. */
  open(options: OpenOptions): OpenStream;
  /** Returns a stream, in the background if it is not open. */
  get(name: string): OpenStream;
  /** Does something with all streams at once. */
  each(work: (stream: OpenStream) => unknown): Promise<unknown>;
  setPaused(paused: boolean): void;
  erase(): Promise<void>;
  close(): Promise<void>;
}

/** A tab that lost the lead does not take it back sooner: two tabs would take it in turns. */
const STEAL_AGAIN_MS = 10_000;

export function createStreams(
  settings: Settings,
  browser: Browser,
  store: MiddlewareAPI,
  select: (state: object, stream: string) => SyncState,
  start: Start,
): Streams {
  const { rules, user, database: databaseName, pollMs, sendAfterMs, push } = settings;
  const closing = new AbortController();
  const closed = closing.signal;
  const streams = new Map<string, OpenStream>();
  const database = browser.openDatabase(databaseName, user);
  let lostMs = -Infinity;

  const all = (): readonly OpenStream[] => [...streams.values()];
  const each: Streams['each'] = (work) => Promise.all(all().map(work));
  const get = (name: string): OpenStream => {
    const known = streams.get(name);
    if (known) return known;
    if (closed.aborted) throw new Error('This client is closed: create another.');
    const stream = openStream(name, page);
    streams.set(name, stream);
    return stream;
  };
  const receive = (message: Message): void => {
    void each((stream) => {
      stream.receive(message);
    });
  };
  const refresh = (): void => {
    void each((stream) => {
      stream.refresh();
    });
  };
  const stop = (erased: boolean): Promise<unknown> => each((stream) => stream.stop(erased));
  /** Finds the streams that are not open and have actions that wait. */
  const list = async (): Promise<void> => {
    const names = await database.list().catch(() => []);
    if (!closed.aborted) names.forEach(get);
  };

  const tabs = joinTabs(
    browser,
    `roundtrip:${JSON.stringify([databaseName, user])}`,
    closed,
    database.works,
    (message) => {
      const { stream, isNew, stored, hasNews, health, need, ack } = message;
      if (closed.aborted || (need ?? ack)) return;
      page.following?.receive(message);
      if (message.push) return;
      page.isPaused = message.paused ?? health?.paused ?? page.isPaused;
      if (message.erased) void stop(true);
      else if (stream === undefined) receive(message);
      else if (page.isLeader && (isNew ?? stored ?? hasNews)) get(stream).receive(message);
      else streams.get(stream)?.receive(message);
    },
    (leads) => {
      page.isLeader = leads;
      if (!leads) {
        lostMs = performance.now();
        return;
      }
      tabs.post({ isNew: true });
      void each((stream) => {
        stream.lead();
      });
      void list();
    },
  );
  const page: Page = {
    settings,
    browser,
    store,
    start,
    select,
    clock: createClock(),
    database,
    streams,
    closed,
    isLeader: false,
    isPaused: false,
    post: tabs.post,
    ask: (message) => {
      tabs.post(message);
      tabs.need();
    },
    succeedLeader: () => {
      if (performance.now() - lostMs > STEAL_AGAIN_MS) tabs.steal();
    },
    onStopped: (name) => {
      streams.delete(name);
      page.following?.changed();
    },
  };
  if (push) page.following = push(page);
  database.onReturn = () => {
    receive({});
    void list();
  };
  const send = (): void => {
    void each((stream) => {
      stream.send();
    });
  };
  listen(browser, closed, refresh, sendAfterMs ? send : () => undefined, refresh);
  if (pollMs) {
    const timer = setInterval(() => {
      if (browser.document?.visibilityState === 'hidden') return;
      void each((stream) => {
        const { status } = select(store.getState() as object, stream.name);
        if (status !== 'live') stream.refresh();
      });
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
      const owners = [...rules].flatMap(([owner, { owns }]) => (owns(action) ? [owner] : []));
      const found = all().filter(
        (stream) =>
          stream.slices &&
          (name === undefined ? owners.includes(stream.store) : stream.name === name),
      );
      if (found.length === 1 || (name ?? owners[0]) === undefined) return found[0];
      const names = found.map((stream) => stream.name).join(' and ');
      throw new Error(
        names
          ? `${type}: ${names} are open: dispatch stream.address(action).`
          : name === undefined
            ? `${type} belongs to a stream of "${owners.join('" or "')}", and none is open: open one with sync.open().`
            : `${type} is addressed to "${name}", which is not open.`,
      );
    },
    open: (options) => {
      const slices = slicesOf(options, rules);
      const keys = [slices].flat();
      const name = `${options.store}/${options.id}`;
      for (const other of all()) {
        const taken = [other.slices ?? []].flat();
        const isSame = JSON.stringify(other.slices) === JSON.stringify(slices);
        if (other.name === name ? taken[0] && !isSame : taken.some((key) => keys.includes(key))) {
          throw new Error(
            `${other.name} is open at "${taken.join()}": close it before you open ${name} at "${keys.join()}".`,
          );
        }
      }
      const others = (): string[] =>
        Object.keys(store.getState() as object).filter((key) => key !== 'roundtrip');
      const lacksKey = (): boolean => keys.some((key) => !others().includes(key));
      // A reducer that was injected shows its state after the next action.
      if (lacksKey()) store.dispatch({ type: 'roundtrip/opening' });
      if (lacksKey()) {
        throw new Error(
          `${name}: expected "${keys.join()}" in the root state; it has ${others().join()}.`,
        );
      }
      const stream = get(name);
      if (!stream.uses++) stream.show(slices);
      return stream;
    },
    get,
    each,
    setPaused: (paused) => {
      page.isPaused = paused;
      tabs.post({ paused });
      receive({ paused });
    },
    erase: async () => {
      tabs.post({ erased: true });
      await Promise.all([stop(true), database.erase()]);
    },
    close: async () => {
      if (sendAfterMs) await each((stream) => stream.flush());
      closing.abort();
      await stop(false);
      database.close();
    },
  };
}
