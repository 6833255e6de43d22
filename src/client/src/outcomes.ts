import { standsFor, type Queue } from './queue.js';
import type { Outcome } from './state.js';

/** Those who wait for the outcomes of a stream's actions. */
export interface Outcomes {
  /** Resolves when the action no longer waits. */
  readonly wait: (id: string) => Promise<Outcome>;
  /** Answers those whose outcome is known by now. */
  readonly settle: () => void;
}

/**
 * @param name - The stream's.
 * @param closed - Aborted when no further outcome will be known.
 * @param read - Returns the queue, once it is read.
 */
export function createOutcomes(
  name: string,
  closed: AbortSignal,
  read: () => Queue | undefined,
): Outcomes {
  const waiters = new Set<() => void>();
  return {
    wait: (id) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          const queue = read();
          const outcome = queue && outcomeOf(queue, id);
          if (outcome) resolve(outcome);
          else if (closed.aborted || outcome === null)
            reject(new Error(`${name} was closed or erased before ${id} was settled.`));
          else return;
          waiters.delete(settle);
        };
        waiters.add(settle);
        settle();
      }),
    settle: () => {
      for (const settle of waiters) settle();
    },
  };
}

/** Returns `undefined` for an action that waits, and `null` for one of which nothing is known. */
function outcomeOf(queue: Queue, id: string): Outcome | null | undefined {
  const { entries, refusals, gone, confirmed } = queue;
  if (gone.includes(id)) return { status: 'discarded' };
  const refused = refusals.find((entry) => standsFor(entry, id));
  if (refused) return { status: 'rejected', problem: refused.problem };
  if (entries.some((entry) => standsFor(entry, id))) return undefined;
  // A stream that has the action has a version.
  return confirmed?.version ? { status: 'applied', version: confirmed.version } : null;
}
