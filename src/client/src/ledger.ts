import { tooOld, unknownOutcome } from './problems.js';
import type { Problem, RejectedAction, SyncedAction } from './state.js';

/** An action that waits. */
export interface Entry {
  readonly id: string;
  /** When it was dispatched, ms since the epoch by the local clock. */
  readonly at: number;
  readonly action: SyncedAction;
}

/** Entries that were sent, or may have been, under a key. They stay together until they are answered. */
export interface Batch {
  readonly key: string;
  /** When it was frozen, ms since the epoch by the local clock. */
  readonly at: number;
  readonly ids: readonly string[];
}

/** What the server said last; a state that is `undefined`: it has nothing. */
export interface Confirmed {
  readonly version: number;
  readonly state: unknown;
}

/** All that is kept of a stream. */
export interface Ledger {
  /** In the order in which they are sent. A batch stands at the head. */
  readonly entries: readonly Entry[];
  readonly batch: Batch | undefined;
  readonly refusals: readonly RejectedAction[];
  readonly confirmed: Confirmed | undefined;
}

/**
 * A step from one ledger to the next; the same one when there is nothing to do.
 *
 * It may be taken on another ledger than the one that was known when it was made, since other tabs
 * take steps too, and again when it was not certain that it had been stored.
 */
export type Change = (ledger: Ledger) => Ledger;

export const EMPTY: Ledger = {
  entries: [],
  batch: undefined,
  refusals: [],
  confirmed: undefined,
};

/** The most actions of one request, by the server's limit. */
export const MAX_ACTIONS = 100;
/** The largest body of one request, by the server's limit. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Gives the entries of the batch. */
export const frozen = ({ entries, batch }: Ledger): readonly Entry[] =>
  entries.filter(({ id }) => batch?.ids.includes(id));

/** The body of a request: the same bytes for the same entries, since a database keeps the order of members. */
export const bodyOf = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map(({ action }) => action));

export const append =
  (entry: Entry): Change =>
  (ledger) =>
    ledger.entries.some(({ id }) => id === entry.id)
      ? ledger
      : { ...ledger, entries: [...ledger.entries, entry] };

/** A server keeps the receipt of a batch for 90 days; some are left for clocks that are wrong. */
const RESEND_MS = 80 * 86_400_000;

/**
 * Makes the next batch, unless there is one; refuses what waited too long.
 *
 * What was sent is not refused for its age: it may have been applied, which the server knows as long
 * as it keeps the receipt.
 */
export const freeze =
  (key: string, most: number, nowMs: number, maxAgeMs: number): Change =>
  (ledger) => {
    const { batch, entries, refusals } = ledger;
    if (batch && nowMs - batch.at <= RESEND_MS) return ledger;
    const sent = frozen(ledger);
    const old = entries.filter((entry) => nowMs - entry.at > maxAgeMs || sent.includes(entry));
    const fresh = entries.filter((entry) => !old.includes(entry));
    const ids = fresh.slice(0, fitting(fresh, most)).map(({ id }) => id);
    if (!old.length && !ids.length) return ledger;
    const refuse = (entry: Entry): RejectedAction => ({
      ...entry,
      problem: sent.includes(entry) ? unknownOutcome : tooOld(maxAgeMs),
    });
    return {
      ...ledger,
      entries: fresh,
      refusals: [...refusals, ...old.map(refuse)],
      batch: ids.length ? { key, at: nowMs, ids } : undefined,
    };
  };

/** How many entries at the head make one request; at least one, however large. */
function fitting(entries: readonly Entry[], most: number): number {
  const encoder = new TextEncoder();
  let bytes = 1;
  const last = entries.findIndex(({ action }, index) => {
    bytes += encoder.encode(JSON.stringify(action)).length + 1;
    return index === most || (index > 0 && bytes > MAX_BODY_BYTES);
  });
  return last < 0 ? entries.length : last;
}

/** What became of a batch. */
export interface Settlement {
  readonly key: string;
  /** By id: `null` for what was applied, the problem of what was refused. The others wait again. */
  readonly outcomes: ReadonlyMap<string, Problem | null | undefined>;
  readonly confirming?: Confirming | undefined;
}

export const settle =
  ({ key, outcomes, confirming }: Settlement): Change =>
  (ledger) => {
    const { batch, entries, refusals } = ledger;
    const settled: Ledger = {
      ...ledger,
      entries: entries.filter(({ id }) => outcomes.get(id) === undefined),
      batch: batch?.key === key ? undefined : batch,
      refusals: [
        ...refusals,
        ...entries.flatMap((entry) => {
          const problem = outcomes.get(entry.id);
          return problem ? [{ ...entry, problem }] : [];
        }),
      ],
    };
    return confirming ? confirm(confirming)(settled) : settled;
  };

/** A state to be kept, and the version that was known when it was asked for. */
export interface Confirming extends Confirmed {
  readonly since: number;
}

/**
 * Keeps what the server said.
 *
 * A lower version is a server that was reset, unless the one that is known was learned while this one
 * was on its way: then it is only late.
 */
export const confirm =
  ({ version, state, since }: Confirming): Change =>
  (ledger) => {
    const known = ledger.confirmed?.version ?? 0;
    return known === since || known <= version
      ? { ...ledger, confirmed: { version, state } }
      : ledger;
  };

/** Forgets what was refused, or puts it at the end again, under another id. */
export const release =
  (refused: string, again?: Pick<Entry, 'id' | 'at'>): Change =>
  (ledger) => {
    const { refusals } = ledger;
    const released = refusals.find(({ id }) => id === refused);
    if (!released) return ledger;
    const next = { ...ledger, refusals: refusals.filter((other) => other !== released) };
    return again ? append({ ...again, action: released.action })(next) : next;
  };
