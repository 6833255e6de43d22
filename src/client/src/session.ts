import type { MiddlewareAPI } from 'redux';
import { syncAction } from './actions.js';
import type { Browser } from './browser.js';
import { newId } from './ids.js';
import { frozen, release, type Entry } from './ledger.js';
import type { Settings } from './options.js';
import { createOutbox } from './outbox.js';
import { createPusher } from './pusher.js';
import { createSender } from './sender.js';
import { share } from './sharing.js';
import type { SyncState } from './state.js';
import { statusOf, type Health } from './status.js';
import { joinTabs } from './tabs.js';
import { listen } from './wakeups.js';

/** One page's life with one stream, from when its Redux store is made until it is closed. */
export interface Session {
  readonly closed: AbortSignal;
  /** Puts an entry into the outbox. Returns how to take it back within the same moment. */
  readonly record: (entry: Entry) => () => void;
  flush(): Promise<void>;
  setPaused(paused: boolean): void;
  /** Lets go of a refused entry; with `isAgain` it waits again. */
  release(id: string, isAgain: boolean): Promise<void>;
  close(): Promise<void>;
}

export function openSession(
  settings: Settings,
  browser: Browser,
  store: MiddlewareAPI,
  select: (state: object) => SyncState,
): Session {
  const { stream } = settings;
  const closing = new AbortController();
  const closed = closing.signal;
  let health: Health = { busy: false, known: false, paused: false };
  let isLeader = false;
  /** The tab that leads waits for credentials, which this one may have. */
  let isStandIn = false;

  const isFirst = (): boolean => isLeader || !outbox.shared;
  const leads = (): boolean => isFirst() || isStandIn;

  /** Shows in the Redux state what is known. With `isAnswer` other actions may have changed a slice. */
  const publish = (isAnswer = false): void => {
    const { ledger, durable } = outbox;
    const { confirmed, entries, refusals } = ledger;
    const { paused, setback } = health;
    const sent = frozen(ledger);
    try {
      const before = select(store.getState() as object);
      const next: SyncState = {
        status: statusOf(health, entries.length, browser.isOnLine()),
        version: confirmed?.version ?? 0,
        confirmed: confirmed?.state,
        pending: entries.map((entry) => ({ ...entry, sent: sent.includes(entry) })),
        rejected: refusals,
        durable,
        paused,
        ...(setback && { problem: setback.problem }),
      };
      if (isAnswer || share(before, next) !== before) store.dispatch(syncAction(stream, next));
    } catch (error) {
      // A subscriber's, or a store without our reducer. What waits is sent all the same.
      console.error('Roundtrip:', error);
    }
  };
  /** Makes a change of how things stand known, here and in the other tabs. */
  const report = (change: Partial<Health>, isAnswer = false): void => {
    const next = share(health, { ...health, ...change });
    // Only its word: stand-ins that listened to each other would try for ever.
    if (next !== health && isFirst()) post({ health: next });
    health = next;
    publish(isAnswer);
  };
  const setPaused = (paused: boolean): void => {
    const { setback } = health;
    report({ paused, setback: setback?.status === 'needsAuth' ? undefined : setback });
  };
  /** Shows what is stored, and sends it. */
  const proceed = (): void => {
    publish();
    pusher.wake();
  };

  const outbox = createOutbox(
    browser.openStorage(stream),
    () => {
      post({});
    },
    proceed,
    (error) => {
      console.warn('Roundtrip: what waits would not survive a reload:', error);
    },
  );
  const pusher = createPusher({
    outbox,
    send: createSender(settings, closed),
    maxAgeMs: settings.maxAgeMs,
    closed,
    leads,
    isOnLine: browser.isOnLine,
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
        isStandIn = message.health.setback?.status === 'needsAuth';
        if (!isStandIn) ({ health } = message);
      }
      if (message.isNew && isLeader) post({ health });
      if (message.paused !== undefined) setPaused(message.paused);
      if (message.hasNews) pusher.wake(true);
      void outbox.apply().then(proceed);
    },
    () => {
      isLeader = true;
      // The former one's credentials are not these.
      const isHeld = health.setback?.status === 'needsAuth';
      report({ busy: false, ...(isHeld && { setback: undefined }) });
      pusher.wake(true);
    },
  );
  listen(
    browser,
    closed,
    () => {
      post({ hasNews: true });
      publish();
      pusher.wake(true);
    },
    publish,
  );
  post({ isNew: true });
  void outbox.apply().then(proceed);

  return {
    closed,
    record: outbox.record,
    flush: async () => {
      await pusher.flush();
      post({ hasNews: true });
    },
    setPaused: (paused) => {
      post({ paused });
      setPaused(paused);
      pusher.wake();
    },
    release: async (id, isAgain) => {
      await outbox.apply(release(id, isAgain ? { id: newId(), at: Date.now() } : undefined));
      proceed();
    },
    close: async () => {
      closing.abort();
      await pusher.ended();
      // In turn: what was dispatched until now is stored before.
      await outbox.close();
    },
  };
}
