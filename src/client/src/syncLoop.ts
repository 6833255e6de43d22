import { jitterMs, MAX_BACKOFF_MS } from './backoff.js';
import type { Clock } from './clock.js';
import type { FrozenBatch, Outbox } from './outbox.js';
import { clientFailed, staleAnswer } from './problems.js';
import { bodyOf, confirm, MAX_ACTIONS, type Confirmed } from './queue.js';
import type { Send } from './request.js';
import {
  classifyPull,
  classifyPush,
  complete,
  failure,
  isKept,
  refusalOf,
  type Failure,
} from './responses.js';
import type { Health } from './status.js';
import type { Problem } from './state.js';
import { share } from './structuralSharing.js';

/** Sends the queue and fetches the state, one request at a time, with waits between retries. */
export interface SyncLoop {
  /**
   * Runs the loop if there is something to do.
   *
   * @param version - The version that the server has at least, which is fetched; Infinity if it may
   * have any.
   */
  wake(version?: number): void;
  /** The server has, or may have, a version that is not known. */
  isBehind(): boolean;
  /** Sends and fetches at once, whatever the wait. Resolves when that attempt has ended. */
  flush(): Promise<void>;
  /** Wakes the loop and resolves when it has stopped. */
  ended(): Promise<void>;
}

/** What the loop works with. */
export interface SyncLoopParts {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  /** How long an action waits for others to be sent with it. */
  readonly sendAfterMs: number;
  /** The application's state shape; a kept state of another shape takes no patch. */
  readonly shape: number;
  /** Aborted when the loop must stop. */
  readonly closed: AbortSignal;
  /** Whether this tab sends for all tabs. */
  readonly leads: () => boolean;
  readonly isOnLine: () => boolean;
  /** Returns the stream's state as the Redux store has it, with what is pending. */
  readonly shown: () => unknown;
  readonly health: () => Health;
  /** Publishes a changed health and queue; after a response also an unchanged state. */
  readonly report: (change: Partial<Health>, isResponse?: boolean) => void;
  /** Called after each answer of the server. */
  readonly onReached: () => void;
}

type Step = 'more' | 'idle' | 'early' | 'held' | 'failed';

/** How often the server answers a batch with one fault before the batch counts as not applied. */
const MOST_FAULTS = 6;

export function createSyncLoop(parts: SyncLoopParts): SyncLoop {
  const { outbox, send, clock, closed, maxAgeMs, sendAfterMs, shape } = parts;
  const { leads, isOnLine, shown, health, report, onReached } = parts;
  const waiters: (() => void)[] = [];
  let isRunning = false;
  /** Woken while running. */
  let again = false;
  /** The next step ignores waits. */
  let forced = false;
  /** The version that the server has at least, as far as nothing was fetched since. */
  let news = Infinity;
  let maxActions = MAX_ACTIONS;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let backoffMs = 0;
  /** When the server's `Retry-After` ends, by the monotonic clock. */
  let notBeforeMs = 0;
  /** When the unsent actions are sent, by the monotonic clock. */
  let dueMs: number | undefined;
  /** The latest faults of the server, which are the same for one batch. */
  let faults: readonly string[] = [];

  const isOver = (): boolean => closed.aborted;
  const waitMs = (): number => Math.max(0, notBeforeMs - performance.now());
  const needsAuth = (): boolean => health().failure?.status === 'needsAuth';

  const fail = ({ status, problem, retryAfterMs, slow }: Failure): Step => {
    backoffMs = slow ? MAX_BACKOFF_MS : jitterMs(failures, Math.random());
    failures += 1;
    notBeforeMs = performance.now() + retryAfterMs;
    report({ busy: false, failure: { status, problem } });
    return 'failed';
  };
  const succeed = (step: Step): Step => {
    failures = notBeforeMs = 0;
    report({ busy: false, known: true, failure: undefined }, true);
    onReached();
    return step;
  };

  const version = (): number => outbox.queue.confirmed?.version ?? 0;
  const isBehind = (): boolean => version() < news;
  /** Returns the confirmed state if the server can tell it from others, so that it may send a patch. */
  const known = (): Confirmed | undefined => {
    const { confirmed } = outbox.queue;
    return confirmed?.etag && confirmed.shape === shape ? confirmed : undefined;
  };
  /** Tells whether the server has answered a batch with one lasting fault again and again. */
  const isHopeless = (key: string, { type, status = 0, retryable }: Problem): boolean => {
    if (status < 500 || retryable !== false) return false;
    const fault = `${key} ${type}`;
    faults = [...faults.filter((other) => other === fault), fault];
    return faults.length === MOST_FAULTS;
  };

  /**
   * Sends a batch, or fetches the state: what has changed since a state, and if the response does not
   * say it, the whole one. A repeated batch does no harm: the server knows its key.
   */
  const ask = async (batch?: FrozenBatch, isWhole = false): Promise<Step> => {
    const since = version();
    const wanted = news;
    const base = isWhole ? undefined : known();
    const { key, entries } = batch ?? { key: '', entries: [] };
    const query = base ? `?since=${base.version}` : '';
    const tag = base?.etag;
    if (batch) report({ busy: true });
    const reply = await (batch
      ? send(
          `/actions${query}`,
          {
            'content-type': 'application/json',
            'idempotency-key': key,
            prefer: `return=${base ? 'changes' : 'representation'}`,
          },
          bodyOf(entries),
        )
      : send(query, tag ? { 'if-none-match': tag } : {}));
    if (isOver()) return 'held';
    if ('kind' in reply) return fail(reply);
    const whole = base ? complete(reply, base) : reply;
    if (!whole) return ask(batch, true);
    const { dateMs, body } = whole;
    const result = batch ? classifyPush(whole, entries.length) : classifyPull(whole);
    const { confirmed } = outbox.queue;
    const isFailure = result.kind === 'failure';
    const head = isFailure ? undefined : result.head;
    // What came during this request may be newer, and stays.
    if (head && confirmed?.version === since && isKept(head, dateMs, confirmed, clock.nowMs())) {
      return fail(failure('offline', staleAnswer));
    }
    // A page that is not JSON is not the server's.
    if (body !== undefined) clock.learn(dateMs);
    if (isFailure && !(batch && isHopeless(key, result.problem))) return fail(result);
    // The server looks for a batch's receipt first, so that by now there is none.
    const decision = isFailure ? refusalOf(result.problem, entries.length) : result;
    // Only the answer to a pull tells a stream from a new one with the same id.
    if (isFailure || decision.isStale) news = Infinity;
    // What came during this request may be newer than the answer.
    else if (news === wanted && (!batch || (head && !base))) news = 0;
    const confirming = head && {
      ...head,
      createdAt: head.createdAt ?? confirmed?.createdAt,
      serverMs: dateMs || confirmed?.serverMs,
      // Most of the values are equal to those on display, which keep their identity.
      state: share(shown(), head.state),
      shape,
      since,
    };
    if (batch) {
      maxActions = decision.maxActions ?? Math.min(MAX_ACTIONS, maxActions * 2);
      const outcomes = entries.map(
        ({ id }, index) => [id, decision.problems[index] ?? (head && null)] as const,
      );
      await outbox.settle({ key, outcomes: new Map(outcomes), confirming });
    } else if (confirming) await outbox.apply(confirm(confirming));
    return isFailure ? fail(result) : succeed(batch ? 'more' : 'idle');
  };

  /** Returns how long the unsent actions still wait for others. */
  const earlyMs = (): number => {
    const { batch, entries } = outbox.queue;
    const isWaiting = entries.length > (batch?.ids.length ?? 0);
    dueMs = isWaiting ? (dueMs ?? performance.now() + sendAfterMs) : undefined;
    return dueMs === undefined || batch ? 0 : dueMs - performance.now();
  };

  const step = async (eager: boolean): Promise<Step> => {
    const mayLead = leads() || eager;
    const isHeld = needsAuth() || waitMs() > 0 || !isOnLine();
    if (isOver() || health().paused || (isHeld && !eager)) return 'held';
    if (!clock.known() && (mayLead || !outbox.durable)) {
      // Nothing is frozen, and no frozen batch is sent, before its age is known.
      const done = await ask();
      return done === 'idle' ? 'more' : done;
    }
    const isEarly = !eager && earlyMs() > 0;
    if (!isEarly) {
      const [nowMs, leastMs] = [clock.nowMs(), clock.leastMs()];
      const batch = await outbox.freeze(mayLead, { maxActions, nowMs, leastMs, maxAgeMs });
      if (isOver()) return 'held';
      if (batch) return ask(batch);
      // Freezing may have rejected old entries.
      report({});
    }
    const done = isBehind() && mayLead ? await ask() : 'idle';
    return isEarly && done === 'idle' ? 'early' : done;
  };

  const failWith = (error: unknown): Step => {
    console.error('Roundtrip:', error);
    return fail(failure('error', clientFailed(error)));
  };

  const hasMore = (done: Step): boolean =>
    !isOver() && (done === 'more' || forced || (again && (done === 'idle' || done === 'early')));

  /** Returns the wait before the next attempt; Infinity if only a wake-up starts it. */
  const nextMs = (done: Step): number => {
    const isDone = done === 'idle' || isOver() || health().paused || needsAuth();
    if (isDone || (!leads() && outbox.durable)) return Infinity;
    if (done === 'early') return Math.max(0, earlyMs());
    // The browser may be wrong about being offline, so try now and then.
    const offlineMs = isOnLine() ? 0 : jitterMs(Infinity, Math.random());
    return Math.max(waitMs(), done === 'failed' ? backoffMs : offlineMs);
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    clearTimeout(timer);
    let done: Step = 'idle';
    let eager = false;
    do {
      eager = forced || (eager && done === 'more');
      forced = again = false;
      done = await step(eager).catch(failWith);
    } while (hasMore(done));
    isRunning = false;
    for (const resolve of waiters.splice(0)) resolve();
    const ms = nextMs(done);
    if (ms === Infinity) return;
    timer = setTimeout(() => {
      forced = done !== 'early';
      wake();
    }, ms);
    // In Node, the timer must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
  };

  const wake = (least = 0): void => {
    news = Math.max(news, least);
    again = true;
    earlyMs();
    if (!isRunning) void run();
  };
  const ended = (): Promise<void> =>
    new Promise((resolve) => {
      waiters.push(resolve);
      wake();
    });

  return {
    wake,
    isBehind,
    flush: () => {
      forced = true;
      news = Infinity;
      return ended();
    },
    ended,
  };
}
