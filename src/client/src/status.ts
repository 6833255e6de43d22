import type { Setback } from './answers.js';
import type { Status } from './state.js';

/** What the leading tab knows of its connection, and tells the others. */
export interface Health {
  /** A batch is on its way. */
  readonly busy: boolean;
  /** The server has answered since the page was opened. */
  readonly known: boolean;
  readonly paused: boolean;
  readonly setback?: Pick<Setback, 'status' | 'problem'> | undefined;
}

/** Makes one word of it. */
export function statusOf(health: Health, pending: number, onLine: boolean): Status {
  const trouble = health.setback?.status;
  if (trouble && trouble !== 'pending') return trouble;
  if (health.busy) return 'syncing';
  if (!onLine) return 'offline';
  if (pending) return 'pending';
  if (trouble) return 'error';
  return health.known || health.paused ? 'synced' : 'syncing';
}
