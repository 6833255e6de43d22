import type { Problem } from './state.js';

/** Creates a problem that the client itself reports. Problems of the server are passed on unchanged. */
const problem = (slug: string, title: string, more: object): Problem => ({
  type: `/problems/${slug}`,
  title,
  ...more,
});

export const tooOld = (maxAgeMs: number): Problem =>
  problem('too-old', 'The action waited too long', { maxOfflineAgeMs: maxAgeMs });

export const unknownOutcome: Problem = problem(
  'outcome-unknown',
  'It is unknown whether the action was applied',
  { detail: 'Check the state before you retry: a retry may apply the action twice.' },
);

export const unreachable = (error: unknown): Problem =>
  problem('unreachable', 'The server cannot be reached', { detail: String(error) });

export const notTheServer = (status: number): Problem =>
  problem('not-the-server', 'The response did not come from the server', { status });

export const staleAnswer: Problem = problem(
  'stale-answer',
  'A cache answered in place of the server',
  {},
);

export const clientFailed = (error: unknown): Problem =>
  problem('client-failed', 'The client failed', { detail: String(error) });
