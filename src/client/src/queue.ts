import { tooOld, unknownOutcome } from './problems.js';
import type { Problem, RejectedAction, SyncedAction } from './state.js';

/** An action that waits. */
export interface Entry {
  readonly id: string;
  /** Time of the dispatch, in ms since the epoch by the local clock. */
  readonly at: number;
  readonly action: SyncedAction;
}

/** Entries that may have been sent under one key. They stay together until the server answers. */
export interface Batch {
  readonly key: string;
  /** When the batch was frozen, in ms since the epoch by the local clock. */
  readonly at: number;
  readonly ids: readonly string[];
}

/** The server's last known version and state; the state is `undefined` if the stream does not exist. */
export interface Confirmed {
  readonly version: number;
  readonly state: unknown;
  /** Which reducers made the state, as its ETag says; a patch by others does not fit. */
  readonly revision?: string | undefined;
  /** When the stream was created; a patch of another stream with this id does not fit. */
  readonly createdAt?: unknown;
}

/** Everything that is stored for a stream. */
export interface Queue {
  /** In the order of sending. A batch is at the front. */
  readonly entries: readonly Entry[];
  readonly batch: Batch | undefined;
  readonly refusals: readonly RejectedAction[];
  readonly confirmed: Confirmed | undefined;
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

export const append =
  (entry: Entry): Change =>
  (queue) =>
    queue.entries.some(({ id }) => id === entry.id)
      ? queue
      : { ...queue, entries: [...queue.entries, entry] };

/** A server keeps a batch's receipt for 90 days; the margin allows for wrong clocks. */
const RESEND_MS = 80 * 86_400_000;

/**
 * Freezes the next batch, unless there is one, and rejects entries that waited too long.
 *
 * A batch that was sent is not rejected for its age, because it may have been applied. The server
 * can tell as long as it keeps the receipt.
 */
export const freeze =
  (key: string, maxActions: number, nowMs: number, maxAgeMs: number): Change =>
  (queue) => {
    const { batch, entries, refusals } = queue;
    if (batch && nowMs - batch.at <= RESEND_MS) return queue;
    const sent = frozen(queue);
    const old = entries.filter((entry) => nowMs - entry.at > maxAgeMs || sent.includes(entry));
    const fresh = entries.filter((entry) => !old.includes(entry));
    const ids = fresh.slice(0, countThatFits(fresh, maxActions)).map(({ id }) => id);
    if (!old.length && !ids.length) return queue;
    const refuse = (entry: Entry): RejectedAction => ({
      ...entry,
      problem: sent.includes(entry) ? unknownOutcome : tooOld(maxAgeMs),
    });
    return {
      ...queue,
      entries: fresh,
      refusals: [...refusals, ...old.map(refuse)],
      batch: ids.length ? { key, at: nowMs, ids } : undefined,
    };
  };

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
    const settled: Queue = {
      ...queue,
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

/**
 * Removes a rejected action.
 *
 * @param again - Appends the action to the queue again, with this id and time.
 */
export const release =
  (refused: string, again?: Pick<Entry, 'id' | 'at'>): Change =>
  (queue) => {
    const { refusals } = queue;
    const released = refusals.find(({ id }) => id === refused);
    if (!released) return queue;
    const next = { ...queue, refusals: refusals.filter((other) => other !== released) };
    return again ? append({ ...again, action: released.action })(next) : next;
  };
