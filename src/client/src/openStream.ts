import { streamAction, toSynced, type Squashed, type Stamp } from './actions.js';
import { newId } from './ids.js';
import { createOutbox } from './outbox.js';
import { createOutcomes } from './outcomes.js';
import type { Page, View } from './page.js';
import { discard, frozen, retryOf, type Change } from './queue.js';
import { createSend } from './request.js';
import { INITIAL, type Outcome, type Slices, type SyncedAction, type SyncState } from './state.js';
import { statusOf, type Health } from './status.js';
import type { StorageError } from './storage.js';
import { share, shareSync } from './structuralSharing.js';
import { createSyncLoop } from './syncLoop.js';
import type { Message } from './tabs.js';

/** A stream that this page shows, or whose actions wait. */
export interface OpenStream {
  readonly name: string;
  readonly store: string;
  /** Where the state is shown; `undefined` in the background. */
  readonly slices: Slices | undefined;
  /** How often it is open. */
  uses: number;
  /** Appends an action to the outbox. `forget` takes it back; call it before anything else happens. */
  record(action: SyncedAction): { stamp: Stamp; forget: () => void };
  show(slices: Slices): void;
  /** Ends the display. What waits is still sent. */
  hide(): void;
  /** Sends what waits at once. */
  send(): void;
  /** Reads the storage after a message, or a return of the storage, and sends what waits. */
  receive(message: Message): void;
  /**
   * Sends what waits and fetches what is new, or lets the leader do it.
   *
   * @param version - Nothing is fetched if it is known.
   */
  refresh(version?: number): void;
  /** Brings what is shown up to date. */
  readonly publish: () => void;
  /** This tab has become the leader. */
  lead(): void;
  readonly flush: () => Promise<void>;
  /** Removes an action, if it is here; a rejected one is queued again with `isAgain`. */
  release(id: string, isAgain: boolean): Promise<void>;
  settled(id: string): Promise<Outcome>;
  /** Stops; with `erased` nothing is written any more. */
  stop(erased: boolean): Promise<void>;
}

const isNone = (...lists: readonly (readonly unknown[])[]): boolean => !lists.flat().length;

/** Runs functions of the application; returns `undefined` when one throws, since sending goes on. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    console.error('Roundtrip:', error);
    return undefined;
  }
}

/** Connects a stream's outbox and sync loop with the Redux store, the other tabs and the browser. */
export function openStream(name: string, page: Page): OpenStream {
  const { settings, browser, store, select, clock, database, post, ask } = page;
  const [storeName = ''] = name.split('/');
  const rule = settings.rules.get(storeName);
  const { shape = 0 } = rule ?? {};
  const closing = new AbortController();
  const closed = closing.signal;
  let slices: Slices | undefined;
  let health: Health = { busy: false, known: false, paused: page.isPaused };
  /** The leader cannot reach the server, so this tab tries. */
  let isStandIn = false;
  let isRead = false;
  /** Another tab shows the stream and needs news. */
  let isWanted = false;
  let isErased = false;

  const isFirst = (): boolean => page.isLeader || !outbox.shared;
  const isIdle = (): boolean => {
    const { entries, refusals } = outbox.queue;
    return !slices && isRead && !isWanted && isNone(entries, refusals);
  };
  const outcomes = createOutcomes(name, closed, () => (isRead ? outbox.queue : undefined));

  const describe = (before: SyncState): SyncState => {
    const { queue, durable } = outbox;
    const { confirmed, entries, refusals } = queue;
    const { paused, failure } = health;
    const view: View | undefined = page.following?.view(name, confirmed) ?? confirmed;
    const sent = frozen(queue);
    const pending = entries.filter(({ discarded }) => !discarded);
    return {
      status: statusOf(health, pending.length, browser.isOnLine(), view?.isLive),
      version: view?.version ?? 0,
      confirmed: view?.state,
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
  /** Dispatches a sync state if it differs; after a response always, since a slice may have changed. */
  const dispatch = (make: typeof describe, isResponse: boolean): void => {
    attempt(() => {
      const before = select(store.getState() as object, name);
      const next = make(before);
      const isOld = before === INITIAL && !next.slices && isNone(next.pending, next.rejected);
      if (isOld || (!isResponse && shareSync(before, next) === before)) return;
      const isShown = !!next.slices;
      const change = isShown === !!before.slices ? 'synced' : isShown ? 'opened' : 'closed';
      store.dispatch(streamAction(change, name, next, isResponse));
    });
  };
  const publish = (isResponse = false): void => {
    if (closed.aborted) return;
    dispatch(describe, isResponse);
    outcomes.settle();
    if (isIdle()) void stop(false);
  };
  /** Publishes a changed health here and in the other tabs. */
  const report = (change: Partial<Health>, isResponse = false): void => {
    const next = share(health, { ...health, ...change });
    // Only the leader's health is posted: stand-ins would wake each other for ever.
    if (next !== health && isFirst()) post({ stream: name, health: next });
    health = next;
    if (isResponse) isWanted &&= loop.isBehind();
    publish(isResponse);
  };
  const wake = (version = 0): void => {
    if (!isIdle()) loop.wake(version);
  };
  /** Publishes the stored queue, and sends it. */
  const proceed = (): void => {
    publish();
    wake();
  };
  const send = (): void => {
    if (outbox.queue.entries.length) void loop.flush();
  };
  const apply = (change?: Change): Promise<void> => outbox.apply(change).then(proceed);

  /** Brings a state that an earlier release has kept into today's shape. */
  const upgrade: Change = (queue) => {
    const { confirmed } = queue;
    if (!confirmed || !rule || confirmed.shape === shape) return queue;
    const state =
      confirmed.state === undefined
        ? undefined
        : attempt(() => rule.upgrade?.(confirmed.state, confirmed.shape));
    const version = state === undefined ? 0 : confirmed.version;
    // Without an ETag the whole state is asked for.
    return { ...queue, confirmed: { ...confirmed, version, state, shape, etag: undefined } };
  };
  const storage = database.storage(name);
  const outbox = createOutbox(
    {
      update: async (change, isStrict) => {
        // After `erase()` nothing may be written any more.
        if (isErased) throw new Error();
        try {
          // A tab of an earlier release may write its shape at any time.
          return await storage.update((queue) => change(upgrade(queue)), isStrict);
        } catch (error) {
          if ((error as StorageError).isErased) void stop(true);
          throw error;
        }
      },
    },
    () => {
      ask({ stream: name, stored: true });
    },
    proceed,
    (error) => {
      if (!isErased) console.warn('Roundtrip: pending actions will not survive a reload:', error);
    },
  );
  const loop = createSyncLoop({
    ...settings,
    outbox,
    send: createSend(settings, `${settings.url}/stores/${name}`, closed),
    clock,
    shape,
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
      if (isStandIn) page.succeedLeader();
    },
  });
  const stop = async (erased: boolean): Promise<void> => {
    if (closed.aborted) return;
    isErased = erased;
    closing.abort();
    page.onStopped(name);
    outcomes.settle();
    if (erased) dispatch(() => INITIAL, false);
    await loop.ended();
    // The outbox closes after it has stored everything dispatched so far.
    if (!erased) await outbox.close();
  };
  void outbox.apply().then(() => {
    isRead = true;
    proceed();
  });

  return {
    name,
    store: storeName,
    get slices() {
      return slices;
    },
    uses: 0,
    record: (action) => {
      const { queue } = outbox;
      const last = queue.entries.at(-1);
      const squashed =
        last && !frozen(queue).includes(last)
          ? attempt(() => {
              const both = rule?.squash?.(last.action, action);
              return both && toSynced(both);
            })
          : undefined;
      const replaces: Squashed | undefined = squashed && { id: last?.id ?? '', action: squashed };
      const own = { id: newId(), at: clock.nowMs() };
      const forget = outbox.record({ ...own, action }, replaces);
      return { stamp: { ...own, stream: name, replaces }, forget };
    },
    show: (keys) => {
      slices = keys;
      publish(true);
      ask({ stream: name, isNew: true });
      wake(Infinity);
    },
    hide: () => {
      slices = undefined;
      send();
      publish();
    },
    send,
    receive: ({ stream, health: theirs, paused, isNew, hasNews }) => {
      if (theirs && !isFirst()) {
        isStandIn = /needsAuth|offline/.test(theirs.failure?.status ?? '');
        health = isStandIn ? { ...health, paused: theirs.paused } : theirs;
      }
      if (paused !== undefined) {
        const { failure } = health;
        report({ paused, failure: failure?.status === 'needsAuth' ? undefined : failure });
      }
      if (isNew && page.isLeader) post({ stream: name, health });
      // A new leader does not know what this tab shows.
      else if (isNew && slices && !stream) post({ stream: name, isNew });
      if (page.isLeader && !slices && (isNew ?? hasNews)) isWanted = true;
      if (hasNews ?? isWanted) wake(hasNews ?? Infinity);
      void apply();
    },
    refresh: (version = Infinity) => {
      if (slices && !page.isLeader) ask({ stream: name, hasNews: version });
      publish();
      wake(slices ? version : 0);
    },
    publish: () => {
      publish();
    },
    lead: () => {
      // The former leader's credentials failed; this tab's may work.
      const isHeld = health.failure?.status === 'needsAuth';
      report({ busy: false, ...(isHeld && { failure: undefined }) });
      wake(Infinity);
    },
    flush: async () => {
      await loop.flush();
      ask({ stream: name, hasNews: Infinity });
    },
    release: (id, isAgain) =>
      apply(isAgain ? retryOf(id, { id: newId(), at: clock.nowMs() }) : discard(id)),
    settled: (id) => {
      const outcome = outcomes.wait(id);
      if (isIdle()) void stop(false);
      return outcome;
    },
    stop,
  };
}
