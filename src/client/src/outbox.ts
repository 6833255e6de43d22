import { newId } from './ids.js';
import {
  append,
  EMPTY,
  freeze,
  frozen,
  settle,
  type Change,
  type Entry,
  type Ledger,
  type Settlement,
} from './ledger.js';
import type { Storage } from './storage.js';

/** A batch on its way. */
export interface Parcel {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/**
 * This page's end of the storage: the ledger as it was last stored, and the steps that are not.
 *
 * A step that could not be stored stays in memory, and is stored with the next one. So the page goes
 * on when the storage is full, only that what waits does not survive a reload.
 */
export interface Outbox {
  /** With the steps that are not stored yet. */
  readonly ledger: Ledger;
  /** Other tabs have it, too. */
  readonly shared: boolean;
  /** All is stored, or will be in a moment. */
  readonly durable: boolean;
  /** Takes a step, and resolves when it is stored or could not be. Without one it reads. */
  apply(change?: Change): Promise<void>;
  /**
   * Puts an entry at the end, at once; it is stored in one transaction with all that come meanwhile.
   *
   * @returns how to take it back, as long as nothing else has happened.
   */
  readonly record: (entry: Entry) => () => void;
  /**
   * Gives the batch to be sent, once it is stored.
   *
   * @param leads - Whether this tab also sends what is stored, for all tabs.
   * @throws Error when something is stored, but cannot be frozen. It must not be sent then: after a
   * reload it would be sent again, under another key.
   */
  freeze(
    leads: boolean,
    most: number,
    nowMs: number,
    maxAgeMs: number,
  ): Promise<Parcel | undefined>;
  settle(settlement: Settlement): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens an outbox, in memory only where there is no storage.
 *
 * @param onStored - Told when other tabs have something to read.
 * @param onRecorded - Told when entries are stored, or could not be.
 * @param warn - Told why the storage fails, once.
 */
export function createOutbox(
  opening: Promise<Storage>,
  onStored: () => void,
  onRecorded: () => void,
  warn: (error: unknown) => void,
): Outbox {
  let storage: Storage | undefined;
  let stored = EMPTY;
  let steps: readonly Change[] = [];
  let isWell = true;
  let isShared = true;
  /** Entries are about to be stored. */
  let isWriting = false;
  /** The key of a batch that is frozen in memory only. */
  let held: string | undefined;
  let last: Promise<unknown> = opening.then(
    (opened) => {
      storage = opened;
    },
    (error: unknown) => {
      isShared = isWell = false;
      warn(error);
    },
  );

  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const running = last.then(work);
    last = running.catch(() => undefined);
    return running;
  };
  const view = (): Ledger => steps.reduce((ledger, change) => change(ledger), stored);

  const store = async (isStrict = false): Promise<void> => {
    // No other tab may find, and send, what is on its way from here.
    if (held) return;
    const storing = steps;
    const effect = { isNone: true };
    const change: Change = (before) => {
      const after = storing.reduce((ledger, step) => step(ledger), before);
      effect.isNone = after === before;
      return after;
    };
    try {
      stored = storage ? await storage.update(change, isStrict) : change(stored);
      steps = steps.slice(storing.length);
      isWell = isShared;
      if (!effect.isNone) onStored();
    } catch (error) {
      if (isWell) warn(error);
      isWell = false;
    }
  };
  const apply = (change?: Change): Promise<void> => {
    if (change) steps = [...steps, change];
    return run(store);
  };

  return {
    get ledger() {
      return view();
    },
    get shared() {
      return isShared;
    },
    get durable() {
      return isWell;
    },
    apply,
    record: (entry) => {
      const step = append(entry);
      steps = [...steps, step];
      if (!isWriting) {
        isWriting = true;
        const write = (): Promise<void> => {
          isWriting = false;
          return store();
        };
        void run(write).then(onRecorded);
      }
      return () => {
        steps = steps.filter((other) => other !== step);
      };
    },
    freeze: (leads, ...how) =>
      run(async () => {
        if (!held) {
          const isOurs = leads || (!isWell && !stored.entries.length);
          if (!isOurs) return undefined;
          const key = newId();
          const step = freeze(key, ...how);
          steps = [...steps, step];
          await store(true);
          if (steps.includes(step) && view().batch?.key === key) {
            const { entries } = stored;
            if (frozen(view()).some(({ id }) => entries.some((entry) => entry.id === id))) {
              steps = steps.filter((other) => other !== step);
              throw new Error(
                'What this browser has stored waits until its storage is well again.',
              );
            }
            held = key;
          }
        }
        const ledger = view();
        return ledger.batch && { key: ledger.batch.key, entries: frozen(ledger) };
      }),
    settle: (settlement) =>
      run(() => {
        held = undefined;
        steps = [...steps, settle(settlement)];
        return store();
      }),
    close: () =>
      run(() => {
        storage?.close();
        return Promise.resolve();
      }),
  };
}
