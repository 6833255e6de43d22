import { notTheServer } from './problems.js';
import type { Problem, Status } from './state.js';

const LONGEST_STRANGE_WAIT_MS = 300_000;

/** An HTTP answer, as far as it matters here. */
export interface Reply {
  readonly status: number;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: unknown;
  /** The least wait before the next request, in ms. */
  readonly retryAfterMs: number;
}

/** Nothing is known of what was asked: the very same is tried again, later. */
export interface Setback {
  readonly kind: 'setback';
  readonly status: Extract<Status, 'offline' | 'error' | 'pending' | 'needsAuth'>;
  readonly problem: Problem;
  readonly retryAfterMs: number;
  /** Trying often cannot help. */
  readonly slow: boolean;
}

/** A version of the stream, and its state then; `undefined` where it has none. */
export interface Head {
  readonly version: number;
  readonly state: unknown;
}

/** The server has decided. */
export interface Decided {
  readonly kind: 'decided';
  /** Where the stream stands. Without it nothing was written for a batch. */
  readonly head?: Head | undefined;
  /** By index of the action. What has none is applied if there is a `head`, else sent anew. */
  readonly problems: readonly (Problem | undefined)[];
  /** The most actions that the next batch may have. */
  readonly most?: number;
  /** What is known of the state is out of date. */
  readonly isStale?: boolean;
}

/** The members that an answer may have, of whatever type. */
interface Body {
  readonly type?: unknown;
  readonly retryable?: unknown;
  readonly version?: unknown;
  readonly state?: unknown;
  readonly outcomes?: unknown;
  readonly errors?: unknown;
  readonly currentVersion?: unknown;
}

/** Says what the answer to a batch of so many actions means. */
export function classifyPush(reply: Reply, count: number): Setback | Decided {
  const { status } = reply;
  const body = bodyOf(reply);
  const outcomes = listOf<{ problem?: Problem } | null>(body.outcomes).map(
    (outcome) => outcome?.problem,
  );
  const isComplete = outcomes.length === count;
  const head = headOf(reply);
  if (head && isComplete) return { kind: 'decided', head, problems: outcomes };
  // A 404 names the wrong store or path: it says nothing of the actions.
  if (isTransient(reply) || [401, 403, 404].includes(status)) return noAnswer(reply);
  const own = problemOf(reply);
  if (!own && status !== 413) return noAnswer(reply);
  const problem = own ?? notTheServer(status);
  const isStale = /deleted|version-mismatch/.test(problem.type);
  if (count === 1 || isStale || problem.type.endsWith('key-reused')) {
    return { kind: 'decided', problems: Array<Problem>(count).fill(problem), isStale };
  }
  const problems = isComplete ? outcomes : errorsOf(problem, count);
  return problems.some(Boolean)
    ? { kind: 'decided', problems }
    : // One of them is at fault, and which is not said: halves find it.
      { kind: 'decided', problems, most: count >> 1 };
}

/** Says what the answer to a request for the state means. */
export function classifyPull(reply: Reply): Setback | Decided {
  const { type, currentVersion } = bodyOf(reply);
  const head =
    type === '/problems/stream-not-found'
      ? { version: 0, state: undefined }
      : type === '/problems/deleted'
        ? { version: Number(currentVersion), state: { $deleted: true } }
        : headOf(reply);
  return head ? { kind: 'decided', head, problems: [] } : noAnswer(reply);
}

/** Describes a failure. */
export const setback = (
  status: Setback['status'],
  problem: Problem,
  retryAfterMs = 0,
  slow = false,
): Setback => ({ kind: 'setback', status, problem, retryAfterMs, slow });

/** Describes an answer that is none. */
function noAnswer(reply: Reply): Setback {
  const { status } = reply;
  const problem = problemOf(reply);
  // Whoever is not the server may not silence this client for a day.
  const retryAfterMs = problem
    ? reply.retryAfterMs
    : Math.min(reply.retryAfterMs, LONGEST_STRANGE_WAIT_MS);
  const isAway = isTransient(reply);
  const word = (): Setback['status'] => {
    // A 403 without JSON is the page of a portal or of a proxy.
    if (status === 401 || (status === 403 && reply.body !== undefined)) return 'needsAuth';
    if (status === 429 || problem?.['retryable'] === true) return 'pending';
    return problem || !isAway ? 'error' : 'offline';
  };
  return setback(word(), problem ?? notTheServer(status), retryAfterMs, !isAway);
}

/** Also a redirect, or a success that is none: somebody stands between here and the server. */
function isTransient(reply: Reply): boolean {
  const { status } = reply;
  return (
    status < 400 ||
    status > 499 ||
    [408, 425, 429].includes(status) ||
    bodyOf(reply).retryable === true
  );
}

const bodyOf = ({ body }: Reply): Body => Object(body) as Body;

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

function problemOf(reply: Reply): Problem | undefined {
  const body = bodyOf(reply);
  return String(body.type).startsWith('/problems/') ? (body as Problem) : undefined;
}

function headOf(reply: Reply): Head | undefined {
  const { version, state } = bodyOf(reply);
  const isOne = reply.status < 300 && Number.isSafeInteger(version) && state !== undefined;
  return isOne ? { version: version as number, state } : undefined;
}

/** Which actions a problem names, if it does. */
function errorsOf(problem: Problem, count: number): (Problem | undefined)[] {
  const named = listOf<{ index?: unknown }>((problem as Body).errors);
  return Array.from({ length: count }, (_, index) => {
    const errors = named.filter((error) => error.index === index);
    return errors.length ? { ...problem, errors } : undefined;
  });
}
