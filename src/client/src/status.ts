import type { Failure } from './responses.js';
import type { Status } from './state.js';

/** The state of a stream's connection. The leading tab posts it to the others. */
export interface Health {
  /** A batch is in flight. */
  readonly busy: boolean;
  /** The server has answered since the stream was opened. */
  readonly known: boolean;
  readonly paused: boolean;
  readonly failure?: Pick<Failure, 'status' | 'problem'> | undefined;
}

/** Summarizes the connection and the number of pending actions in one word. */
export function statusOf(health: Health, pending: number, onLine: boolean, isLive = false): Status {
  const trouble = health.failure?.status;
  if (trouble && trouble !== 'pending') return trouble;
  if (health.busy) return 'syncing';
  if (!onLine) return 'offline';
  if (pending) return 'pending';
  if (trouble) return 'error';
  if (!health.known && !health.paused) return 'syncing';
  return isLive ? 'live' : 'synced';
}

const FROM_WORST: readonly Status[] = [
  'needsAuth',
  'error',
  'offline',
  'syncing',
  'pending',
  'synced',
];

/** Returns the worst of several statuses; `synced` if there are none. */
export const worst = (statuses: readonly Status[]): Status =>
  FROM_WORST.find((status) => statuses.includes(status)) ?? statuses[0] ?? 'synced';
