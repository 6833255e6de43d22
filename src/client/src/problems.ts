import type { Problem } from './state.js';

/** A problem that the client itself finds. Those of the server are passed on as they came. */
const problem = (slug: string, title: string, more: object): Problem => ({
  type: `/problems/${slug}`,
  title,
  ...more,
});

export const tooOld = (maxAgeMs: number): Problem =>
  problem('too-old', 'The action waited too long', { maxOfflineAgeMs: maxAgeMs });

export const unknownOutcome: Problem = problem(
  'outcome-unknown',
  'Nobody knows any more whether the action was applied',
  { detail: 'Look at the state: retrying it may apply it a second time.' },
);

export const unreachable = (error: unknown): Problem =>
  problem('unreachable', 'The server cannot be reached', { detail: String(error) });

export const notTheServer = (status: number): Problem =>
  problem('not-the-server', 'The server did not answer this', { status });

export const clientFailed = (error: unknown): Problem =>
  problem('client-failed', 'The client has a fault', { detail: String(error) });
