import type { MiddlewareAPI } from 'redux';
import { syncAction } from './actions.js';
import { listen, type Browser } from './browser.js';
import { newId } from './ids.js';
import type { Settings } from './options.js';
import { createOutbox } from './outbox.js';
import { frozen, release, type Entry } from './queue.js';
import { createSend } from './request.js';
import type { SyncState } from './state.js';
import { statusOf, type Health } from './status.js';
import { share, shareSync } from './structuralSharing.js';
import { createSyncLoop } from './syncLoop.js';
import { joinTabs } from './tabs.js';

/** A stream in use by this page, from the creation of its Redux store until `close()`. */
export interface OpenStream {
  readonly closed: AbortSignal;
  /** Appends an entry to the outbox. Returns a function that takes it back at once. */
  readonly record: (entry: Entry) => () => void;
  flush(): Promise<void>;
  setPaused(paused: boolean): void;
  /** Removes a rejected action; with `isAgain` it is queued again. */
  release(id: string, isAgain: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Connects the Redux store with the outbox, the sync loop, the other tabs and the browser's events. */
export function openStream(
  settings: Settings,
  browser: Browser,
  store: MiddlewareAPI,
  select: (state: object) => SyncState,
): OpenStream {
  const { stream, slices } = settings;
  const closing = new AbortController();
  const closed = closing.signal;
  let health: Health = { busy: false, known: false, paused: false };
  let isLeader = false;
  /** The leading tab needs credentials, so this tab tries its own. */
  let isStandIn = false;

  const isFirst = (): boolean => isLeader || !outbox.shared;
  const leads = (): boolean => isFirst() || isStandIn;

  /** Dispatches the sync state; after a response always, since other actions may have changed a slice. */
  const publish = (isResponse = false): void => {
    const { queue, durable } = outbox;
    const { confirmed, entries, refusals } = queue;
    const { paused, failure } = health;
    const sent = frozen(queue);
    try {
      const before = select(store.getState() as object);
      const next: SyncState = {
        status: statusOf(health, entries.length, browser.isOnLine()),
        version: confirmed?.version ?? 0,
        confirmed: confirmed?.state,
        pending: entries.map((entry, index) => ({
          // Whether the local reducer refuses it is known until it is replayed.
          ...(before.pending[index]?.id === entry.id && before.pending[index]),
          ...entry,
          sent: sent.includes(entry),
        })),
        rejected: refusals,
        durable,
        paused,
        ...(failure && { problem: failure.problem }),
      };
      if (isResponse || shareSync(before, next) !== before) {
        store.dispatch(syncAction(stream, next, isResponse));
      }
    } catch (error) {
      // A subscriber threw, or the store lacks our reducer. Sending goes on.
      console.error('Roundtrip:', error);
    }
  };
  /** Publishes a changed health here and in the other tabs. */
  const report = (change: Partial<Health>, isResponse = false): void => {
    const next = share(health, { ...health, ...change });
    // Only the leader's health is posted: stand-ins would wake each other for ever.
    if (next !== health && isFirst()) post({ health: next });
    health = next;
    publish(isResponse);
  };
  const setPaused = (paused: boolean): void => {
    const { failure } = health;
    report({ paused, failure: failure?.status === 'needsAuth' ? undefined : failure });
  };
  /** Publishes the stored queue, and sends it. */
  const proceed = (): void => {
    publish();
    loop.wake();
  };

  const outbox = createOutbox(
    browser.openStorage(stream),
    () => {
      post({});
    },
    proceed,
    (error) => {
      console.warn('Roundtrip: pending actions will not survive a reload:', error);
    },
  );
  const loop = createSyncLoop({
    outbox,
    send: createSend(settings, closed),
    maxAgeMs: settings.maxAgeMs,
    closed,
    leads,
    isOnLine: browser.isOnLine,
    shown: () => {
      const state = store.getState() as Record<string, unknown>;
      return typeof slices === 'string'
        ? state[slices]
        : Object.fromEntries(slices.map((name) => [name, state[name]]));
    },
    health: () => health,
    report,
  });
  const post = joinTabs(
    browser,
    stream,
    closed,
    (message) => {
      if (closed.aborted) return;
      if (message.health && !isFirst()) {
        isStandIn = message.health.failure?.status === 'needsAuth';
        if (!isStandIn) ({ health } = message);
      }
      if (message.isNew && isLeader) post({ health });
      if (message.paused !== undefined) setPaused(message.paused);
      if (message.hasNews) loop.wake(true);
      void outbox.apply().then(proceed);
    },
    () => {
      isLeader = true;
      // The former leader's credentials failed; this tab's may work.
      const isHeld = health.failure?.status === 'needsAuth';
      report({ busy: false, ...(isHeld && { failure: undefined }) });
      loop.wake(true);
    },
  );
  listen(
    browser,
    closed,
    () => {
      post({ hasNews: true });
      publish();
      loop.wake(true);
    },
    () => {
      publish();
    },
  );
  post({ isNew: true });
  void outbox.apply().then(proceed);

  return {
    closed,
    record: outbox.record,
    flush: async () => {
      await loop.flush();
      post({ hasNews: true });
    },
    setPaused: (paused) => {
      post({ paused });
      setPaused(paused);
      loop.wake();
    },
    release: async (id, isAgain) => {
      await outbox.apply(release(id, isAgain ? { id: newId(), at: Date.now() } : undefined));
      proceed();
    },
    close: async () => {
      closing.abort();
      await loop.ended();
      // The outbox closes after it has stored everything dispatched so far.
      await outbox.close();
    },
  };
}
