import { applyPatch } from './patch.js';
import { notTheServer } from './problems.js';
import type { Confirmed } from './queue.js';
import type { Problem, Status } from './state.js';

/** The longest `Retry-After` accepted from a response that is not the server's. */
const MAX_FOREIGN_RETRY_AFTER_MS = 300_000;

/** An HTTP response, reduced to what matters here. */
export interface Reply {
  readonly status: number;
  /** The parsed body; `undefined` if it is not JSON. */
  readonly body: unknown;
  /** Minimum wait before the next request, in ms. */
  readonly retryAfterMs: number;
  readonly etag?: string | undefined;
  /** The server's time; NaN if the answer does not tell it. */
  readonly dateMs: number;
}

/** What an answer says of the stream. */
export type Head = Omit<Confirmed, 'shape'>;

/** The result is unknown: the same request must be sent again later. */
export interface Failure {
  readonly kind: 'failure';
  readonly status: Extract<Status, 'offline' | 'error' | 'pending' | 'needsAuth'>;
  readonly problem: Problem;
  readonly retryAfterMs: number;
  /** Retrying soon cannot help: wait the full minute. */
  readonly slow: boolean;
}

/** The server has processed the request. */
export interface Decision {
  readonly kind: 'decision';
  /** The stream's newest version. Without it, the server wrote nothing for this batch. */
  readonly head?: Head | undefined;
  /**
   * The problem of each action, by index. An action without one was applied if there is a `head`;
   * otherwise it is sent again.
   */
  readonly problems: readonly (Problem | undefined)[];
  /** Maximum number of actions in the next batch. */
  readonly maxActions?: number;
  /** The confirmed state is out of date. */
  readonly isStale?: boolean;
}

/** Members that a body may have; their types are not checked yet. */
interface Body {
  readonly type?: unknown;
  readonly retryable?: unknown;
  readonly version?: unknown;
  readonly state?: unknown;
  readonly since?: unknown;
  readonly changes?: unknown;
  readonly createdAt?: unknown;
  readonly outcomes?: unknown;
  readonly errors?: unknown;
  readonly currentVersion?: unknown;
}

/** Returns what an ETag says beyond the version. */
const makerOf = (etag = ''): string => etag.replace(/^(W\/)?"\d+/, '');

/**
 * Completes a response that has a patch, or says that nothing has changed, with the state.
 *
 * @param known - The state that the request named.
 * @returns `undefined` when the response is the server's and does not say the state: the patch is one
 * of another state, or there is none.
 */
export function complete(reply: Reply, known: Confirmed): Reply | undefined {
  if (reply.status === 304) return { ...reply, status: 200, body: known, etag: known.etag };
  const body = bodyOf(reply);
  // The response to a batch does not have the time of the stream's creation.
  const { version, state, since, changes, createdAt = known.createdAt } = body;
  if (reply.status > 299 || state !== undefined || !Number.isSafeInteger(version)) return reply;
  const isFitting =
    since === known.version &&
    makerOf(reply.etag) === makerOf(known.etag) &&
    createdAt === known.createdAt;
  try {
    return isFitting
      ? { ...reply, body: { ...body, state: applyPatch(known.state, changes) } }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Interprets the response to a batch of `count` actions. */
export function classifyPush(reply: Reply, count: number): Failure | Decision {
  const { status } = reply;
  const body = bodyOf(reply);
  const outcomes = listOf<{ problem?: Problem } | null>(body.outcomes).map(
    (outcome) => outcome?.problem,
  );
  const isComplete = outcomes.length === count;
  const head = headOf(reply);
  if (head && isComplete) return { kind: 'decision', head, problems: outcomes };
  // A 404 means a wrong store or URL; it says nothing about the actions.
  if (isTransient(reply) || [401, 403, 404].includes(status)) return failureOf(reply);
  const own = problemOf(reply);
  if (!own && status !== 413) return failureOf(reply);
  const problem = own ?? notTheServer(status);
  const isStale = /deleted|version-mismatch/.test(problem.type);
  if (isStale || problem.type.endsWith('key-reused')) {
    return { kind: 'decision', problems: Array<Problem>(count).fill(problem), isStale };
  }
  const problems = isComplete ? outcomes : errorsOf(problem, count);
  return problems.some(Boolean) ? { kind: 'decision', problems } : refusalOf(problem, count);
}

/** The batch was not applied, and it is unknown which action is at fault: halving the batch finds it. */
export const refusalOf = (problem: Problem, count: number): Decision =>
  count > 1
    ? { kind: 'decision', problems: [], maxActions: count >> 1 }
    : { kind: 'decision', problems: [problem] };

/** A fresh answer is not dated so long before the request. */
const OLD_MS = 60_000;

/**
 * Tells whether something between the client and the server gave an answer that it had kept: it is
 * dated no later than the known state, and older, of another stream, or of another time.
 */
export function isKept(head: Head, dateMs: number, known: Confirmed, nowMs: number): boolean {
  const [createdAt, before] = [head.createdAt, known.createdAt] as [string, string];
  const isOlder = createdAt < before || (head.version < known.version && !(createdAt > before));
  return (
    known.serverMs !== undefined &&
    !(dateMs > known.serverMs) &&
    (isOlder || nowMs - dateMs > OLD_MS)
  );
}

/** Interprets the response to a request for the state. */
export function classifyPull(reply: Reply): Failure | Decision {
  const { type, currentVersion } = bodyOf(reply);
  const head =
    type === '/problems/stream-not-found'
      ? { version: 0, state: undefined }
      : type === '/problems/deleted'
        ? { version: Number(currentVersion), state: { $deleted: true } }
        : headOf(reply);
  return head ? { kind: 'decision', head, problems: [] } : failureOf(reply);
}

export const failure = (
  status: Failure['status'],
  problem: Problem,
  retryAfterMs = 0,
  slow = false,
): Failure => ({ kind: 'failure', status, problem, retryAfterMs, slow });

/** Returns the failure that a response without a decision stands for. */
function failureOf(reply: Reply): Failure {
  const { status } = reply;
  const problem = problemOf(reply);
  // A proxy must not be able to stop this client for a day.
  const retryAfterMs = problem
    ? reply.retryAfterMs
    : Math.min(reply.retryAfterMs, MAX_FOREIGN_RETRY_AFTER_MS);
  const mayPass = isTransient(reply);
  const word = (): Failure['status'] => {
    // A 403 without JSON is the page of a captive portal or a proxy.
    if (status === 401 || (status === 403 && reply.body !== undefined)) return 'needsAuth';
    if (status === 429 || problem?.['retryable'] === true) return 'pending';
    return problem || !mayPass ? 'error' : 'offline';
  };
  return failure(word(), problem ?? notTheServer(status), retryAfterMs, !mayPass);
}

/**
 * Tells whether the same request may succeed soon.
 *
 * That includes redirects and successes without the expected body: they come from something between
 * the client and the server.
 */
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
  const { etag } = reply;
  const { version, state, createdAt } = bodyOf(reply);
  const isHead = reply.status < 300 && Number.isSafeInteger(version) && state !== undefined;
  return isHead ? { version: version as number, state, etag, createdAt } : undefined;
}

/** Returns the problem for each action that its `errors` name by index. */
function errorsOf(problem: Problem, count: number): (Problem | undefined)[] {
  const named = listOf<{ index?: unknown }>((problem as Body).errors);
  return Array.from({ length: count }, (_, index) => {
    const errors = named.filter((error) => error.index === index);
    return errors.length ? { ...problem, errors } : undefined;
  });
}
