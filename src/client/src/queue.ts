import { tooOld, unknownOutcome } from './problems.js';
import type { Problem, SyncedAction } from './state.js';

/** An action that waits. */
export interface Entry {
  readonly id: string;
  /** Time of the dispatch, in ms since the epoch. */
  readonly at: number;
  readonly action: SyncedAction;
  /** Ids of earlier actions that this one stands for. */
  readonly squashed?: readonly string[];
  /** Discarded after it may have been sent: it stays in its batch, and its outcome does not matter. */
  readonly discarded?: true;
}

/** An entry that the server or this client has rejected. */
export interface Refusal extends Entry {
  readonly problem: Problem;
}

/** Entries that may have been sent under one key. They stay together until the server answers. */
export interface Batch {
  readonly key: string;
  /** When the batch was frozen, in ms since the epoch by the server's clock. */
  readonly at: number;
  readonly ids: readonly string[];
}

/** The server's last known version and state; the state is `undefined` if the stream does not exist. */
export interface Confirmed {
  readonly version: number;
  readonly state: unknown;
  /** Names the version and the reducers that made the state; a patch by others does not fit. */
  readonly etag?: string | undefined;
  /** When the stream was created; a patch of another stream with this id does not fit. */
  readonly createdAt?: unknown;
  /** The `Date` of the answer, in ms since the epoch. */
  readonly serverMs?: number | undefined;
  /** The version of the application's state shape that this state has. */
  readonly shape: number;
}

/** Everything that is stored for a stream. */
export interface Queue {
  /** In the order of sending. A batch is at the front. */
  readonly entries: readonly Entry[];
  readonly batch: Batch | undefined;
  readonly refusals: readonly Refusal[];
  readonly confirmed: Confirmed | undefined;
  /** Ids of the latest actions that were discarded. */
  readonly gone: readonly string[];
}

/**
 * A change of the queue. Returns the same queue if there is nothing to change.
 *
 * It may run on a different queue than the one it was made for, because other tabs change the queue
 * too, and it may run twice if it is unknown whether it was stored.
 */
export type Change = (queue: Queue) => Queue;

export const EMPTY: Queue = {
  entries: [],
  batch: undefined,
  refusals: [],
  confirmed: undefined,
  gone: [],
};

/** Maximum number of actions in one request; the server's limit. */
export const MAX_ACTIONS = 100;
/** Maximum size of one request's body; the server's limit. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Returns the entries of the batch. */
export const frozen = ({ entries, batch }: Queue): readonly Entry[] =>
  entries.filter(({ id }) => batch?.ids.includes(id));

/** Returns the body of a request. IndexedDB keeps the order of members, so a repeat has equal bytes. */
export const bodyOf = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map(({ action }) => action));

/** Tells whether an action is this entry, or one that it stands for. */
export const standsFor = ({ id, squashed = [] }: Entry, wanted: string): boolean =>
  id === wanted || squashed.includes(wanted);

/**
 * Appends an entry.
 *
 * @param replaces - Another way, if this entry is still the last one and was not sent: an action that
 * takes its place, and stands for both.
 */
export const append =
  (entry: Entry, replaces?: Pick<Entry, 'id' | 'action'>): Change =>
  (queue) => {
    const { confirmed, entries, gone } = queue;
    const { id } = entry;
    if (gone.includes(id) || entries.some((other) => standsFor(other, id))) return queue;
    const last = entries.at(-1);
    if (!replaces || last?.id !== replaces.id || frozen(queue).includes(last)) {
      // The browser's clock may be far behind.
      const at = Math.max(entry.at, confirmed?.serverMs ?? 0);
      return { ...queue, entries: [...entries, { ...entry, at }] };
    }
    const squashed = [...(last.squashed ?? []), last.id];
    const both = { ...last, id, action: replaces.action, squashed };
    return { ...queue, entries: [...entries.slice(0, -1), both] };
  };

/** A server keeps a batch's receipt for 90 days. */
const RESEND_MS = 80 * 86_400_000;

/** What may be frozen. */
export interface Limits {
  readonly maxActions: number;
  /** The server's time. */
  readonly nowMs: number;
  /** The time by the clock that is behind. */
  readonly leastMs: number;
  readonly maxAgeMs: number;
}

/**
 * Freezes the next batch, unless there is one, and rejects entries that waited too long.
 *
 * A batch that was sent is not rejected for its age, because it may have been applied. The server
 * can tell as long as it keeps the receipt.
 */
export const freeze =
  (key: string, { maxActions, nowMs, leastMs, maxAgeMs }: Limits): Change =>
  (queue) => {
    const { batch, entries, refusals } = queue;
    if (batch && nowMs - batch.at <= RESEND_MS) return queue;
    const sent = frozen(queue);
    const old = entries.filter((entry) => leastMs - entry.at > maxAgeMs || sent.includes(entry));
    const fresh = entries.filter((entry) => !old.includes(entry));
    const ids = fresh.slice(0, countThatFits(fresh, maxActions)).map(({ id }) => id);
    if (!old.length && !ids.length) return queue;
    const problemOf = (entry: Entry): Problem =>
      sent.includes(entry) ? unknownOutcome : tooOld(maxAgeMs);
    return {
      ...queue,
      entries: fresh,
      refusals: [...refusals, ...refused(old, problemOf)],
      batch: ids.length ? { key, at: nowMs, ids } : undefined,
    };
  };

/** Returns the refusals of those entries that have a problem and were not discarded. */
const refused = (
  entries: readonly Entry[],
  problemOf: (entry: Entry) => Problem | null | undefined,
): Refusal[] =>
  entries.flatMap((entry) => {
    const problem = problemOf(entry);
    return problem && !entry.discarded ? [{ ...entry, problem }] : [];
  });

/** Returns how many entries from the front fit into one request; at least one, however large. */
function countThatFits(entries: readonly Entry[], maxActions: number): number {
  const encoder = new TextEncoder();
  let bytes = 1;
  const end = entries.findIndex(({ action }, index) => {
    bytes += encoder.encode(JSON.stringify(action)).length + 1;
    return index === maxActions || (index > 0 && bytes > MAX_BODY_BYTES);
  });
  return end < 0 ? entries.length : end;
}

/** The result of a batch. */
export interface Settlement {
  readonly key: string;
  /** By id: `null` if applied, the problem if rejected. Entries without a result wait again. */
  readonly outcomes: ReadonlyMap<string, Problem | null | undefined>;
  readonly confirming?: Confirming | undefined;
}

/** Removes the entries that the server decided, and keeps the rejected ones as refusals. */
export const settle =
  ({ key, outcomes, confirming }: Settlement): Change =>
  (queue) => {
    const { batch, entries, refusals } = queue;
    const isEnded = batch?.key === key;
    const settled: Queue = {
      ...queue,
      // A discarded entry that is still undecided was not applied.
      entries: entries.filter(
        ({ id, discarded }) => outcomes.get(id) === undefined && !(isEnded && discarded),
      ),
      batch: isEnded ? undefined : batch,
      refusals: [...refusals, ...refused(entries, ({ id }) => outcomes.get(id))],
    };
    return confirming ? confirm(confirming)(settled) : settled;
  };

/** A state from the server, and the version that was known when it was requested. */
export interface Confirming extends Confirmed {
  readonly since: number;
}

/**
 * Keeps a state from the server.
 *
 * A lower version than the known one means that the server was reset, unless the known version
 * arrived during this request: then this response is merely late, and ignored.
 */
export const confirm =
  ({ since, ...confirmed }: Confirming): Change =>
  (queue) => {
    const known = queue.confirmed;
    const version = known?.version ?? 0;
    if (version !== since && version > confirmed.version) return queue;
    const isNew = (Object.keys(confirmed) as (keyof Confirmed)[]).some(
      (name) => known?.[name] !== confirmed[name],
    );
    return isNew ? { ...queue, confirmed } : queue;
  };

/** Appends a rejected action to the queue again, with this id and time. */
export const retryOf =
  (wanted: string, again: Pick<Entry, 'id' | 'at'>): Change =>
  (queue) => {
    const found = queue.refusals.find(({ id }) => id === wanted);
    return found ? append({ ...again, action: found.action })(discard(wanted)(queue)) : queue;
  };

const MOST_GONE = 100;

/**
 * Removes an action that waits or was rejected.
 *
 * One that may have been sent stays in its batch, whose bytes must not change, unless all of the
 * batch are discarded: it may be in force.
 */
export const discard =
  (wanted: string): Change =>
  (queue) => {
    const { batch, entries, refusals, gone } = queue;
    const found = [...entries, ...refusals].find(
      (entry) => standsFor(entry, wanted) && !entry.discarded,
    );
    if (!found) return queue;
    const isSent = frozen(queue).includes(found);
    const left = entries.flatMap((entry): Entry[] =>
      entry !== found ? [entry] : isSent ? [{ ...entry, discarded: true }] : [],
    );
    const isKept = frozen({ ...queue, entries: left }).some(({ discarded }) => !discarded);
    const ids = [...(found.squashed ?? []), found.id];
    return {
      ...queue,
      entries: isKept ? left : left.filter(({ discarded }) => !discarded),
      batch: isKept ? batch : undefined,
      refusals: refusals.filter((refusal) => refusal !== found),
      gone: [...gone, ...ids].slice(-Math.max(MOST_GONE, ids.length)),
    };
  };
