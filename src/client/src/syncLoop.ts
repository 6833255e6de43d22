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
  type Decision,
  type Failure,
  type Reply,
} from './responses.js';
import type { Health } from './status.js';
import { share } from './structuralSharing.js';

/** Sends the queue and fetches the state, one request at a time, with waits between retries. */
export interface SyncLoop {
  /**
   * Runs the loop if there is something to do.
   *
   * @param hasNews - The server may have a new state: fetch it.
   */
  wake(hasNews?: boolean): void;
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
const MOST_FAULTS = 3;

export function createSyncLoop(parts: SyncLoopParts): SyncLoop {
  const { outbox, send, clock, closed, maxAgeMs, sendAfterMs, shape } = parts;
  const { leads, isOnLine, shown, health, report, onReached } = parts;
  const waiters: (() => void)[] = [];
  let isRunning = false;
  /** Woken while running. */
  let again = false;
  /** The next step ignores waits. */
  let forced = false;
  let news = true;
  let maxActions = MAX_ACTIONS;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let backoffMs = 0;
  /** When the server's `Retry-After` ends, by the monotonic clock. */
  let notBeforeMs = 0;
  /** When the unsent actions are sent, by the monotonic clock. */
  let dueMs: number | undefined;
  /** The latest fault of the server, for a batch, and how often it came. */
  let fault = '';
  let faults = 0;

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
  /** Returns the confirmed state if the server can tell it from others, so that it may send a patch. */
  const known = (): Confirmed | undefined => {
    const { confirmed } = outbox.queue;
    return confirmed?.etag && confirmed.shape === shape ? confirmed : undefined;
  };
  /**
   * Makes a request for what has changed since a state; if the response does not say it, for the
   * whole state. A repeated batch does no harm: the server knows its key.
   */
  const ask = async (
    base: Confirmed | undefined,
    request: (query: string, answer: string) => Promise<Reply | Failure>,
    classify: (reply: Reply) => Failure | Decision,
  ): Promise<Failure | Decision | undefined> => {
    const since = version();
    const reply = base
      ? await request(`?since=${base.version}`, 'changes')
      : await request('', 'representation');
    if (isOver()) return undefined;
    if ('kind' in reply) return reply;
    const whole = base ? complete(reply, base) : reply;
    if (!whole) return ask(undefined, request, classify);
    const { dateMs, body } = whole;
    const result = classify(whole);
    const head = result.kind === 'decision' && result.head;
    const { confirmed } = outbox.queue;
    // What came during this request may be newer, and stays.
    if (head && confirmed?.version === since && isKept(head, dateMs, confirmed, clock.nowMs())) {
      return failure('offline', staleAnswer);
    }
    // A page that is not JSON is not the server's.
    if (body !== undefined) clock.learn(dateMs);
    if (!head) return result;
    const { createdAt = confirmed?.createdAt, state } = head;
    return {
      ...result,
      head: {
        ...head,
        createdAt,
        serverMs: dateMs || confirmed?.serverMs,
        // Most of the values are equal to those on display, which keep their identity.
        state: share(shown(), state),
      },
    };
  };

  const settle = async (
    { key, entries }: FrozenBatch,
    { head, problems, maxActions: most }: Decision,
    since: number,
  ): Promise<void> => {
    maxActions = most ?? Math.min(MAX_ACTIONS, maxActions * 2);
    const outcomes = entries.map(
      ({ id }, index) => [id, problems[index] ?? (head && null)] as const,
    );
    await outbox.settle({
      key,
      outcomes: new Map(outcomes),
      confirming: head && { ...head, shape, since },
    });
  };

  const push = async (batch: FrozenBatch): Promise<Step> => {
    const { key, entries } = batch;
    const [since, base] = [version(), known()];
    report({ busy: true });
    const own = { 'content-type': 'application/json', 'idempotency-key': key };
    const result = await ask(
      base,
      (query, answer) =>
        send(`/actions${query}`, { ...own, prefer: `return=${answer}` }, bodyOf(entries)),
      (reply) => classifyPush(reply, entries.length),
    );
    if (!result) return 'held';
    if (result.kind === 'failure') {
      const { type, status = 0, retryable } = result.problem;
      if (status > 499 && retryable === false) {
        const again = `${key} ${type}`;
        faults = again === fault ? faults + 1 : 1;
        fault = again;
        // The server looks for the batch's receipt first, so that by now there is none.
        if (faults === MOST_FAULTS) {
          news = true;
          await settle(batch, refusalOf(result.problem, entries.length), since);
        }
      }
      return fail(result);
    }
    // Only the answer to a pull tells a stream from a new one with the same id.
    news = result.isStale === true || (news && !(result.head && !base));
    await settle(batch, result, since);
    return succeed('more');
  };

  const pull = async (): Promise<Step> => {
    const [since, base] = [version(), known()];
    const result = await ask(
      base,
      (query) => send(query, query && base?.etag ? { 'if-none-match': base.etag } : {}),
      classifyPull,
    );
    if (!result) return 'held';
    if (result.kind === 'failure') return fail(result);
    news = false;
    if (result.head) await outbox.apply(confirm({ ...result.head, shape, since }));
    return succeed('idle');
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
      const done = await pull();
      return done === 'idle' ? 'more' : done;
    }
    const isEarly = !eager && earlyMs() > 0;
    if (!isEarly) {
      const [nowMs, leastMs] = [clock.nowMs(), clock.leastMs()];
      const batch = await outbox.freeze(mayLead, { maxActions, nowMs, leastMs, maxAgeMs });
      if (isOver()) return 'held';
      if (batch) return push(batch);
      // Freezing may have rejected old entries.
      report({});
    }
    const done = news && mayLead ? await pull() : 'idle';
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

  const wake = (hasNews = false): void => {
    news ||= hasNews;
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
    flush: () => {
      forced = news = true;
      return ended();
    },
    ended,
  };
}
