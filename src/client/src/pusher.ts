import { classifyPull, classifyPush, setback, type Setback } from './answers.js';
import { jitterMs, MOST_MS } from './backoff.js';
import { bodyOf, confirm, MAX_ACTIONS } from './ledger.js';
import type { Outbox, Parcel } from './outbox.js';
import { clientFailed } from './problems.js';
import type { Send } from './sender.js';
import type { Health } from './status.js';

/** Sends what waits, one request at a time, for as long as it may. */
export interface Pusher {
  /**
   * Looks whether there is something to do.
   *
   * @param hasNews - Also for what the server may have.
   */
  wake(hasNews?: boolean): void;
  /** Tries in any case. Resolves when that try has ended. */
  flush(): Promise<void>;
  /** Looks, and waits until that has come to an end. */
  ended(): Promise<void>;
}

/** What a pusher works with. */
export interface PusherParts {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly maxAgeMs: number;
  /** When nothing must be done any more. */
  readonly closed: AbortSignal;
  /** Whether this tab sends for all. */
  readonly leads: () => boolean;
  readonly isOnLine: () => boolean;
  readonly health: () => Health;
  /** Makes known what has changed, in the outbox too; and after an answer the state, in any case. */
  readonly report: (change: Partial<Health>, isAnswer?: boolean) => void;
}

type Step = 'more' | 'idle' | 'held' | 'failed';

export function createPusher(parts: PusherParts): Pusher {
  const { outbox, send, closed, maxAgeMs, leads, isOnLine, health, report } = parts;
  const waiters: (() => void)[] = [];
  let isRunning = false;
  /** Asked to look again while it was looking. */
  let again = false;
  /** Asked to try in any case. */
  let forced = false;
  let news = true;
  let most = MAX_ACTIONS;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let backoffMs = 0;
  /** What the server asked for, by a clock that nobody sets. */
  let notBeforeMs = 0;

  const isOver = (): boolean => closed.aborted;
  const waitMs = (): number => Math.max(0, notBeforeMs - performance.now());
  const needsAuth = (): boolean => health().setback?.status === 'needsAuth';

  const fail = ({ status, problem, retryAfterMs, slow }: Setback): Step => {
    backoffMs = slow ? MOST_MS : jitterMs(failures, Math.random());
    failures += 1;
    notBeforeMs = performance.now() + retryAfterMs;
    report({ busy: false, setback: { status, problem } });
    return 'failed';
  };
  const succeed = (step: Step): Step => {
    failures = notBeforeMs = 0;
    report({ busy: false, known: true, setback: undefined }, true);
    return step;
  };
  const version = (): number => outbox.ledger.confirmed?.version ?? 0;

  const push = async ({ key, entries }: Parcel): Promise<Step> => {
    const since = version();
    report({ busy: true });
    const own = { 'content-type': 'application/json', 'idempotency-key': key };
    const reply = await send('/actions', own, bodyOf(entries));
    if (isOver()) return 'held';
    const answer = 'kind' in reply ? reply : classifyPush(reply, entries.length);
    if (answer.kind === 'setback') return fail(answer);
    const { head, problems, isStale } = answer;
    most = answer.most ?? Math.min(MAX_ACTIONS, most * 2);
    news = !head && (news || isStale === true);
    const outcomes = entries.map(
      ({ id }, index) => [id, problems[index] ?? (head && null)] as const,
    );
    await outbox.settle({
      key,
      outcomes: new Map(outcomes),
      confirming: head && { ...head, since },
    });
    return succeed('more');
  };

  const pull = async (): Promise<Step> => {
    const since = version();
    // Always whole: the version says nothing of a reducer that changed, or of a server that was reset.
    const reply = await send('', {});
    if (isOver()) return 'held';
    const answer = 'kind' in reply ? reply : classifyPull(reply);
    if (answer.kind === 'setback') return fail(answer);
    news = false;
    if (answer.head) await outbox.apply(confirm({ ...answer.head, since }));
    return succeed('idle');
  };

  const step = async (eager: boolean): Promise<Step> => {
    const mayLead = leads() || eager;
    const isHeld = needsAuth() || waitMs() > 0 || !isOnLine();
    if (isOver() || health().paused || (isHeld && !eager)) return 'held';
    const parcel = await outbox.freeze(mayLead, most, Date.now(), maxAgeMs);
    if (isOver()) return 'held';
    if (parcel) return push(parcel);
    // What was too old is refused by now.
    report({});
    return news && mayLead ? pull() : 'idle';
  };

  const broke = (error: unknown): Step => {
    console.error('Roundtrip:', error);
    return fail(setback('error', clientFailed(error)));
  };

  const hasMore = (done: Step): boolean =>
    !isOver() && (done === 'more' || forced || (again && done === 'idle'));

  /** When to try again: never, unless something has gone wrong or waits. */
  const nextMs = (done: Step): number => {
    const isDone = done === 'idle' || isOver() || health().paused || needsAuth();
    if (isDone || (!leads() && outbox.durable)) return Infinity;
    // The browser may be wrong for good when it says that it is off line.
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
      done = await step(eager).catch(broke);
    } while (hasMore(done));
    isRunning = false;
    for (const resolve of waiters.splice(0)) resolve();
    const ms = nextMs(done);
    if (ms === Infinity) return;
    timer = setTimeout(() => {
      forced = true;
      wake();
    }, ms);
    // Only in Node: it must not keep a server from ending.
    (timer as { unref?: () => void }).unref?.();
  };

  const wake = (hasNews = false): void => {
    news ||= hasNews;
    again = true;
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
