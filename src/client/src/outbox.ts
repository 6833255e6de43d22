import { newId } from './ids.js';
import {
  append,
  EMPTY,
  freeze,
  frozen,
  settle,
  type Change,
  type Entry,
  type Queue,
  type Settlement,
} from './queue.js';
import type { Storage } from './storage.js';

/** A frozen batch, ready to be sent. */
export interface FrozenBatch {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/**
 * The queue as this tab sees it: the stored queue, and changes that are not stored yet.
 *
 * A change that cannot be stored stays in memory and is stored with the next one. So the page keeps
 * working when the storage is full, but its waiting actions are lost on a reload.
 */
export interface Outbox {
  /** Includes changes that are not stored yet. */
  readonly queue: Queue;
  /** The storage works, so other tabs see the same queue. */
  readonly shared: boolean;
  /** Everything is stored, or is being stored. */
  readonly durable: boolean;
  /** Makes a change; resolves when it is stored or storing failed. Without a change, reads the storage. */
  apply(change?: Change): Promise<void>;
  /**
   * Appends an entry at once, and stores it in one transaction with those that follow immediately.
   *
   * @returns a function that takes the entry back; call it before anything else happens.
   */
  readonly record: (entry: Entry) => () => void;
  /**
   * Returns the batch to send, once it is stored.
   *
   * @param leads - Whether this tab sends the stored entries for all tabs.
   * @throws Error when stored entries cannot be frozen. They must not be sent then: after a reload
   * they would be sent again under another key.
   */
  freeze(
    leads: boolean,
    maxActions: number,
    nowMs: number,
    maxAgeMs: number,
  ): Promise<FrozenBatch | undefined>;
  settle(settlement: Settlement): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens an outbox. Without a storage it works in memory.
 *
 * @param onStored - Called when other tabs have something new to read.
 * @param onRecorded - Called when recorded entries are stored, or storing failed.
 * @param warn - Called with the reason once the storage fails.
 */
export function createOutbox(
  opening: Promise<Storage>,
  onStored: () => void,
  onRecorded: () => void,
  warn: (error: unknown) => void,
): Outbox {
  let storage: Storage | undefined;
  let stored = EMPTY;
  let unstored: readonly Change[] = [];
  let isDurable = true;
  let isShared = true;
  /** A write of recorded entries is scheduled. */
  let isWriting = false;
  /** Key of a batch that is frozen in memory only. */
  let heldKey: string | undefined;
  let last: Promise<unknown> = opening.then(
    (opened) => {
      storage = opened;
    },
    (error: unknown) => {
      isShared = isDurable = false;
      warn(error);
    },
  );

  /** Runs work after all earlier work. */
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const running = last.then(work);
    last = running.catch(() => undefined);
    return running;
  };
  const view = (): Queue => unstored.reduce((queue, change) => change(queue), stored);

  const store = async (isStrict = false): Promise<void> => {
    // No other tab may find and send a batch that this tab is sending from memory.
    if (heldKey) return;
    const storing = unstored;
    const effect = { isNone: true };
    const change: Change = (before) => {
      const after = storing.reduce((queue, step) => step(queue), before);
      effect.isNone = after === before;
      return after;
    };
    try {
      stored = storage ? await storage.update(change, isStrict) : change(stored);
      unstored = unstored.slice(storing.length);
      isDurable = isShared;
      if (!effect.isNone) onStored();
    } catch (error) {
      if (isDurable) warn(error);
      isDurable = false;
    }
  };
  const apply = (change?: Change): Promise<void> => {
    if (change) unstored = [...unstored, change];
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
    record: (entry) => {
      const step = append(entry);
      unstored = [...unstored, step];
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
    freeze: (leads, ...limits) =>
      run(async () => {
        if (!heldKey) {
          const maySend = leads || (!isDurable && !stored.entries.length);
          if (!maySend) return undefined;
          const key = newId();
          const step = freeze(key, ...limits);
          unstored = [...unstored, step];
          await store(true);
          if (unstored.includes(step) && view().batch?.key === key) {
            const { entries } = stored;
            if (frozen(view()).some(({ id }) => entries.some((entry) => entry.id === id))) {
              unstored = unstored.filter((other) => other !== step);
              throw new Error(
                'Stored actions cannot be sent while the browser’s storage fails; they wait until it works again.',
              );
            }
            heldKey = key;
          }
        }
        const queue = view();
        return queue.batch && { key: queue.batch.key, entries: frozen(queue) };
      }),
    settle: (settlement) =>
      run(() => {
        heldKey = undefined;
        unstored = [...unstored, settle(settlement)];
        return store();
      }),
    close: () =>
      run(() => {
        storage?.close();
        return Promise.resolve();
      }),
  };
}
