import { newId } from './ids.js';
import {
  append,
  EMPTY,
  freeze,
  frozen,
  settle,
  type Change,
  type Entry,
  type Limits,
  type Queue,
  type Settlement,
} from './queue.js';
import type { Storage, StorageError } from './storage.js';

/** A frozen batch, ready to be sent. */
export interface FrozenBatch {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/**
 * The queue as this tab sees it: the stored queue, and changes that are not stored yet.
 *
 * A change that cannot be stored stays in memory and is stored with the next one. So the page keeps
 * working while the storage is full or does not answer, but its waiting actions are lost on a reload.
 */
export interface Outbox {
  /** Includes changes that are not stored yet. */
  readonly queue: Queue;
  /** The storage answers, so other tabs see the same queue. */
  readonly shared: boolean;
  /** Everything is stored, or is being stored. */
  readonly durable: boolean;
  /** Makes a change; resolves when it is stored or storing failed. Without a change, reads the storage. */
  apply(change?: Change): Promise<void>;
  /**
   * Appends an entry at once, and stores it in one transaction with those that follow immediately.
   *
   * @param replaces - The entry whose place it takes, as in `append`.
   * @returns a function that takes the entry back; call it before anything else happens.
   */
  readonly record: (...appended: Parameters<typeof append>) => () => void;
  /**
   * Returns the batch to send, once it is stored.
   *
   * @param leads - Whether this tab sends the stored entries for all tabs.
   * @throws Error when entries that are stored, or may be, cannot be frozen. They must not be sent
   * then: after a reload they would be sent again under another key.
   */
  freeze(leads: boolean, limits: Limits): Promise<FrozenBatch | undefined>;
  settle(settlement: Settlement): Promise<void>;
  /** Resolves when everything recorded so far is stored, or storing failed. */
  close(): Promise<void>;
}

/**
 * Opens an outbox.
 *
 * @param onStored - Called when other tabs have something new to read.
 * @param onRecorded - Called when recorded entries are stored, or storing failed.
 * @param warn - Called with the reason once the storage fails.
 */
export function createOutbox(
  storage: Storage,
  onStored: () => void,
  onRecorded: () => void,
  warn: (error: unknown) => void,
): Outbox {
  let stored = EMPTY;
  let unstored: readonly Change[] = [];
  /** What `unstored` makes of `stored`, or made of them earlier. */
  let seen = { stored, unstored, queue: EMPTY };
  let isDurable = true;
  let isShared = true;
  /** It is unknown whether a change is stored. */
  let isInDoubt = false;
  /** A write of recorded entries is scheduled. */
  let isWriting = false;
  /** Key of a batch that is frozen in memory only. */
  let heldKey: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs work after all earlier work. */
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const running = last.then(work);
    last = running.catch(() => undefined);
    return running;
  };
  const view = (): Queue => {
    if (seen.stored !== stored || seen.unstored !== unstored) {
      const queue = unstored.reduce((each, change) => change(each), stored);
      seen = { stored, unstored, queue };
    }
    return seen.queue;
  };
  /** Adds a change; it alone is made, since a burst of actions adds many. */
  const add = (change: Change): void => {
    const queue = change(view());
    unstored = [...unstored, change];
    seen = { stored, unstored, queue };
  };
  const isHeld = (queue: Queue): boolean => !!heldKey && queue.batch?.key === heldKey;

  const store = async (isStrict = false): Promise<void> => {
    const storing = unstored;
    /** Key of the batch that must be stored as it is, or not at all. */
    const held = isHeld(view()) ? heldKey : undefined;
    const isApart = (queue: Queue): boolean => !!held && queue.batch?.key !== held;
    /** What the transaction found and left. */
    let before = stored;
    let after = stored;
    const change: Change = (queue) => {
      before = queue;
      after = storing.reduce((each, step) => step(each), queue);
      // Another batch is stored. Until this one is settled, it stays apart.
      if (isApart(after)) after = before;
      return after;
    };
    const finish = (queue: Queue): void => {
      isShared = true;
      if (isApart(queue)) return;
      stored = queue;
      // No longer only in memory.
      heldKey = undefined;
      unstored = unstored.filter((step) => !storing.includes(step));
      isDurable = true;
      if (after !== before) onStored();
    };
    try {
      finish(await storage.update(change, isStrict));
    } catch (error) {
      const { name, outcome } = error as StorageError;
      if (isDurable) warn(error);
      isDurable = false;
      // Other tabs may still write, or remove, what is stored.
      isShared = name === 'QuotaExceededError';
      isInDoubt ||= !!outcome;
      outcome
        ?.then(finish, () => undefined)
        .finally(() => {
          isInDoubt = false;
        });
    }
  };
  const apply = (change?: Change): Promise<void> => {
    if (change) add(change);
    return run(store);
  };

  return {
    get queue() {
      return view();
    },
    get shared() {
      return isShared;
    },
    get durable() {
      return isDurable;
    },
    apply,
    record: (...appended) => {
      const step = append(...appended);
      add(step);
      if (!isWriting) {
        isWriting = true;
        const write = (): Promise<void> => {
          isWriting = false;
          return store();
        };
        void run(write).then(onRecorded);
      }
      return () => {
        unstored = unstored.filter((other) => other !== step);
      };
    },
    freeze: (leads, limits) =>
      run(async () => {
        if (!isHeld(view())) {
          const maySend = leads || (!isDurable && !stored.entries.length);
          if (!maySend) return undefined;
          const key = newId();
          const step = freeze(key, limits);
          add(step);
          await store(true);
          if (unstored.includes(step)) {
            const { batch } = view();
            const sent = frozen(view());
            const isOwn = batch?.key === key;
            const isSafe =
              isOwn &&
              !isInDoubt &&
              !sent.some(({ id }) => stored.entries.some((entry) => entry.id === id));
            // The storage may have other entries: those that are sent go before them.
            const hold: Change = (queue) =>
              queue.batch?.key === key
                ? {
                    ...queue,
                    batch,
                    entries: [
                      ...sent,
                      ...queue.entries.filter(({ id }) => !batch?.ids.includes(id)),
                    ],
                  }
                : queue;
            unstored = unstored.flatMap((other) =>
              other === step ? (isSafe ? [step, hold] : []) : [other],
            );
            if (isSafe) heldKey = key;
            else if (isOwn)
              throw new Error(
                'Stored actions cannot be sent while the browser’s storage fails; they wait until it works again.',
              );
          }
        }
        const queue = view();
        return queue.batch && { key: queue.batch.key, entries: frozen(queue) };
      }),
    settle: (settlement) =>
      run(() => {
        heldKey = undefined;
        add(settle(settlement));
        return store();
      }),
    close: () => run(() => Promise.resolve()),
  };
}
