import type { MiddlewareAPI } from 'redux';
import { streamAction, type Squashed, type Stamp } from './actions.js';
import type { Browser } from './browser.js';
import type { Clock } from './clock.js';
import { newId } from './ids.js';
import type { Settings } from './options.js';
import { createOutbox } from './outbox.js';
import { discard, frozen, retryOf, type Change } from './queue.js';
import { createSend } from './request.js';
import { INITIAL, type Outcome, type Slices, type SyncedAction, type SyncState } from './state.js';
import { statusOf, type Health } from './status.js';
import type { Database } from './storage.js';
import { share, shareSync } from './structuralSharing.js';
import { createSyncLoop } from './syncLoop.js';
import type { Message } from './tabs.js';

/** What the streams of a page have in common. */
export interface Page {
  readonly settings: Settings;
  readonly browser: Browser;
  readonly store: MiddlewareAPI;
  readonly select: (state: object, stream: string) => SyncState;
  readonly clock: Clock;
  readonly database: Database;
  readonly isLeader: () => boolean;
  readonly isPaused: () => boolean;
  readonly post: (message: Message) => void;
  /** Posts a message that the leader must answer. */
  readonly ask: (message: Message) => void;
  /** This tab reached the server while the leader could not. */
  readonly succeedLeader: () => void;
  readonly onStopped: (stream: string) => void;
}

/** A stream that this page shows, or whose actions wait. */
export interface OpenStream {
  readonly name: string;
  /** Where the state is shown; `undefined` in the background. */
  readonly slices: Slices | undefined;
  /** Appends an action to the outbox. `forget` takes it back; call it before anything else happens. */
  record(action: SyncedAction): { stamp: Stamp; forget: () => void };
  /** Shows the stream. Returns whether the root state has the keys. */
  show(slices: Slices): boolean;
  /** Ends the display. What waits is still sent. */
  hide(): void;
  receive(message: Message): void;
  /** Reads the storage, and sends what waits. */
  refresh(): void;
  /** Fetches what is new, or lets the leader do it. */
  fetch(): void;
  /** Publishes the state after an event of the browser. */
  publish(): void;
  /** This tab has become the leader. */
  lead(): void;
  flush(): Promise<void>;
  setPaused(paused: boolean): void;
  holds(id: string): boolean;
  /** Removes an action; a rejected one is queued again with `isAgain`. */
  release(id: string, isAgain: boolean): Promise<void>;
  settled(id: string): Promise<Outcome>;
  /** Stops; with `isErased` nothing is written any more. */
  stop(isErased?: boolean): Promise<void>;
}

interface Waiter {
  readonly id: string;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Connects a stream's outbox and sync loop with the Redux store, the other tabs and the browser. */
export function openStream(name: string, page: Page): OpenStream {
  const { settings, browser, store, select, clock, database, isLeader, post, ask } = page;
  const [storeName = ''] = name.split('/');
  const rule = settings.rules.get(storeName);
  const closing = new AbortController();
  const closed = closing.signal;
  let slices: Slices | undefined;
  let health: Health = { busy: false, known: false, paused: page.isPaused() };
  /** The leader cannot reach the server, so this tab tries. */
  let isStandIn = false;
  /** Nothing is shown and perhaps nothing waits, but the storage is read or another tab needs news. */
  let isNeeded = true;
  let isErased = false;
  const waiters = new Set<Waiter>();

  const isFirst = (): boolean => isLeader() || !outbox.shared;
  const state = (): SyncState => select(store.getState() as object, name);
  const isIdle = (): boolean => {
    const { entries, refusals } = outbox.queue;
    return !slices && !isNeeded && !entries.length && !refusals.length;
  };
  const outcomeOf = (id: string): Outcome | undefined => {
    const { entries, refusals, gone, confirmed } = outbox.queue;
    const isIn = (entry: { id: string; squashed?: readonly string[] }): boolean =>
      entry.id === id || !!entry.squashed?.includes(id);
    if (gone.includes(id)) return { status: 'discarded' };
    const refused = refusals.find(isIn);
    if (refused) return { status: 'rejected', problem: refused.problem };
    return entries.some(isIn) ? undefined : { status: 'applied', version: confirmed?.version ?? 0 };
  };

  const dispatch = (
    change: 'opened' | 'closed' | 'synced',
    next: SyncState,
    isResponse: boolean,
  ): void => {
    try {
      store.dispatch(streamAction(change, name, next, isResponse));
    } catch (error) {
      // A subscriber threw. Sending goes on.
      console.error('Roundtrip:', error);
    }
  };
  const next = (before: SyncState): SyncState => {
    const { queue, durable } = outbox;
    const { confirmed, entries, refusals } = queue;
    const { paused, failure } = health;
    const sent = frozen(queue);
    const pending = entries.filter(({ discarded }) => !discarded);
    return {
      status: statusOf(health, pending.length, browser.isOnLine()),
      version: confirmed?.version ?? 0,
      confirmed: confirmed?.state,
      pending: pending.map((entry, index) => ({
        // Whether the local reducer refuses it is known until it is replayed.
        ...(before.pending[index]?.id === entry.id && before.pending[index]),
        ...entry,
        sent: sent.includes(entry),
      })),
      rejected: refusals,
      durable,
      paused,
      ...(failure && { problem: failure.problem }),
      ...(slices && { slices }),
    };
  };
  /** Dispatches the sync state; after a response always, since other actions may have changed a slice. */
  const publish = (isResponse = false): void => {
    if (closed.aborted) return;
    const before = state();
    const after = next(before);
    const isNothing = !slices && !after.pending.length && before === INITIAL;
    if (!isNothing && (isResponse || shareSync(before, after) !== before)) {
      dispatch('synced', after, isResponse);
    }
    if (isNeeded) return;
    for (const waiter of waiters) {
      const outcome = outcomeOf(waiter.id);
      if (!outcome) continue;
      waiters.delete(waiter);
      waiter.resolve(outcome);
    }
    if (isIdle()) void stop();
  };
  /** Publishes a changed health here and in the other tabs. */
  const report = (change: Partial<Health>, isResponse = false): void => {
    const after = share(health, { ...health, ...change });
    // Only the leader's health is posted: stand-ins would wake each other for ever.
    if (after !== health && isFirst()) post({ stream: name, health: after });
    health = after;
    if (isResponse) isNeeded = false;
    publish(isResponse);
  };
  const setPaused = (paused: boolean): void => {
    const { failure } = health;
    report({ paused, failure: failure?.status === 'needsAuth' ? undefined : failure });
  };
  const wake = (hasNews = false): void => {
    if (!isIdle()) loop.wake(hasNews);
  };
  /** Publishes the stored queue, and sends it. */
  const proceed = (): void => {
    publish();
    wake();
  };
  const apply = (change?: Change): Promise<void> => outbox.apply(change).then(proceed);

  const storage = database.storage(name);
  const outbox = createOutbox(
    {
      // After `erase()` nothing may be written, and nobody waits for it.
      update: (...change) => (isErased ? new Promise(() => undefined) : storage.update(...change)),
    },
    () => {
      ask({ stream: name, stored: true });
    },
    proceed,
    (error) => {
      console.warn('Roundtrip: pending actions will not survive a reload:', error);
    },
  );
  const loop = createSyncLoop({
    outbox,
    send: createSend(settings, `${settings.url}/stores/${name}`, closed),
    clock,
    shape: rule?.shape ?? 0,
    maxAgeMs: settings.maxAgeMs,
    sendAfterMs: settings.sendAfterMs,
    closed,
    leads: () => isFirst() || isStandIn,
    isOnLine: browser.isOnLine,
    shown: () => {
      const root = store.getState() as Record<string, unknown>;
      return typeof slices === 'string'
        ? root[slices]
        : slices && Object.fromEntries(slices.map((key) => [key, root[key]]));
    },
    health: () => health,
    report,
    onReached: () => {
      if (isStandIn && !isLeader()) page.succeedLeader();
    },
  });
  /** Brings a state that an earlier release has kept into today's shape. */
  const upgrade: Change = (queue) => {
    const { confirmed } = queue;
    if (!confirmed || !rule || confirmed.shape === rule.shape) return queue;
    const { shape } = rule;
    try {
      const upgraded = rule.upgrade?.(confirmed.state, confirmed.shape);
      // Without an ETag the whole state is asked for.
      const kept = { ...confirmed, state: upgraded, shape, etag: undefined };
      return { ...queue, confirmed: upgraded === undefined ? undefined : kept };
    } catch (error) {
      console.error('Roundtrip:', error);
      return { ...queue, confirmed: undefined };
    }
  };
  const stop = async (erased = false): Promise<void> => {
    if (closed.aborted) return;
    isErased = erased;
    closing.abort();
    page.onStopped(name);
    for (const { id, reject } of waiters)
      reject(new Error(`${name} was closed before ${id} was settled.`));
    if (erased) dispatch('closed', INITIAL, false);
    await loop.ended();
    // The outbox closes after it has stored everything dispatched so far.
    if (!erased) await outbox.close();
  };
  void outbox.apply(upgrade).then(() => {
    isNeeded = false;
    proceed();
  });

  return {
    name,
    get slices() {
      return slices;
    },
    record: (action) => {
      const { queue } = outbox;
      const last = queue.entries.at(-1);
      const isUnsent = last && !last.discarded && !frozen(queue).includes(last);
      const squashed = isUnsent ? rule?.squash?.(last.action, action) : undefined;
      const replaces: Squashed | undefined = squashed && { id: last?.id ?? '', action: squashed };
      const id = newId();
      const at = Math.max(clock.nowMs(), queue.confirmed?.serverMs ?? 0);
      const forget = outbox.record({ id, at, action }, replaces);
      return { stamp: { id, at, stream: name, replaces }, forget };
    },
    show: (keys) => {
      slices = keys;
      dispatch('opened', next(state()), true);
      if (!state().slices) {
        slices = undefined;
        publish();
        return false;
      }
      ask({ stream: name, isNew: true });
      wake(true);
      return true;
    },
    hide: () => {
      slices = undefined;
      dispatch('closed', next(state()), false);
      if (outbox.queue.entries.length) void loop.flush();
      publish();
    },
    receive: (message) => {
      if (message.health && !isFirst()) {
        const { failure, paused } = message.health;
        isStandIn = failure?.status === 'needsAuth' || failure?.status === 'offline';
        health = isStandIn ? { ...health, paused } : message.health;
      }
      if (message.isNew && isLeader()) post({ stream: name, health });
      if (message.hasNews) {
        isNeeded ||= !slices;
        wake(true);
      }
      void apply();
    },
    refresh: () => void apply(),
    fetch: () => {
      if (!isLeader()) ask({ stream: name, hasNews: true });
      wake(true);
    },
    publish,
    lead: () => {
      // The former leader's credentials failed; this tab's may work.
      const { status } = health.failure ?? {};
      report({ busy: false, ...(status === 'needsAuth' && { failure: undefined }) });
      wake(true);
    },
    flush: async () => {
      await loop.flush();
      ask({ stream: name, hasNews: true });
    },
    setPaused: (paused) => {
      setPaused(paused);
      wake();
    },
    holds: (id) =>
      [...outbox.queue.entries, ...outbox.queue.refusals].some((entry) => entry.id === id),
    release: (id, isAgain) =>
      apply(isAgain ? retryOf(id, { id: newId(), at: clock.nowMs() }) : discard(id)),
    settled: (id) =>
      new Promise((resolve, reject) => {
        waiters.add({ id, resolve, reject });
        publish();
      }),
    stop,
  };
}
