import { newId } from './ids.js';
import { assemble, divide, isSame, type Parts } from './parts.js';
import { EMPTY, type Change, type Confirmed, type Queue } from './queue.js';
import { share } from './structuralSharing.js';

/** Stores a stream's queue for all tabs of this browser. */
export interface Storage {
  /**
   * Makes a change in one transaction. Resolves with the new queue, once it is committed.
   *
   * Rejects with a `StorageError` when the change was not made, or may not be made yet.
   *
   * @param isStrict - Wait until the data are on disk, so that they survive a power failure.
   */
  readonly update: (change: Change, isStrict: boolean) => Promise<Queue>;
}

/** Why a change was not made. */
export interface StorageError extends Error {
  /** The change is being committed, too late to stop it: tells whether it was made. */
  readonly outcome?: Promise<Queue>;
  /** The data were deleted by `erase`. */
  readonly isErased?: true;
}

/** The streams of one user in IndexedDB. */
export interface Database {
  readonly storage: (stream: string) => Storage;
  /** Returns the names of the streams that have entries or refusals. */
  readonly list: () => Promise<readonly string[]>;
  /** Deletes everything of this user. The storages that are in use anywhere reject from then on. */
  readonly erase: () => Promise<void>;
  /** Whether it answered last time, if only that it is full. */
  readonly works: () => boolean;
  /** Called when the database answers after a deadline has passed. */
  onReturn: () => void;
  readonly close: () => void;
}

const VERSION = 2;
const STORE = 'streams';

/** A database that does not answer for so long may never do so. */
export const DEADLINE_MS = 3000;

/** The record that lists the parts of the confirmed state. */
interface Index extends Omit<Confirmed, 'state'> {
  /** Which write made this record. */
  readonly id: string;
  /** Which write made each part. */
  readonly writes: ReadonlyMap<string, string>;
}

/** What this tab last read or wrote of the confirmed state. */
interface Known {
  readonly index?: Index;
  readonly parts: Parts;
  readonly confirmed?: Confirmed;
}

const NOTHING: Known = { parts: new Map() };

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error());
    };
  });

/**
 * Opens a user's database when it is first used. It need not be there: then the storages reject.
 *
 * The keys of the records: `[user]` the mark, which only `erase` removes; `[user, stream]` the
 * queue; `[user, stream, 'confirmed']` the index of the confirmed state, and behind it the name of
 * a part.
 */
export function openDatabase(
  factory: IDBFactory | undefined,
  name: string,
  user: string,
): Database {
  let connection: Promise<IDBDatabase> | undefined;
  /** How much the database has not answered in time. */
  let late = 0;
  let works = true;
  /** How often this page has made the database. */
  let timesMade = 0;

  const disconnect = (): void => {
    connection?.then(
      (opened) => {
        opened.close();
      },
      () => undefined,
    );
    connection = undefined;
  };
  const connect = async (): Promise<IDBDatabase> => {
    if (!factory) throw new Error('The browser has no IndexedDB.');
    const opening = factory.open(name, VERSION);
    opening.onupgradeneeded = () => {
      const { result: upgraded } = opening;
      timesMade += 1;
      for (const old of upgraded.objectStoreNames) upgraded.deleteObjectStore(old);
      upgraded.createObjectStore(STORE);
    };
    const opened = await result(opening);
    // The browser may close the connection, and a newer version of the page must not be blocked.
    opened.onclose = opened.onversionchange = disconnect;
    return opened;
  };
  /**
   * Returns the answer, or rejects at the deadline.
   *
   * @param giveUp - Called at the deadline. Resolves when the database works again.
   */
  const inTime = <T>(answer: Promise<T>, giveUp: () => Promise<unknown>): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new Error('The browser’s storage does not answer.');
        const end = (): void => {
          late -= 1;
          database.onReturn();
        };
        late += 1;
        try {
          giveUp().then(end, end);
          reject(error);
        } catch {
          answer.then(end, end);
          reject(Object.assign(error, { outcome: answer }));
        }
      }, DEADLINE_MS);
      void answer.then(resolve, reject).then(() => {
        clearTimeout(timer);
      });
    });
  /** Runs work in one transaction, completely or not at all; calls what it returns once it is committed. */
  const attempt = async <T>(
    work: (store: IDBObjectStore) => Promise<() => T>,
    isStrict: boolean,
  ): Promise<T> => {
    if (late) throw new Error('The browser’s storage still does not answer.');
    const opening = (connection ??= connect());
    const opened = await inTime(opening, () => opening);
    // https://w3c.github.io/IndexedDB/#transaction-durability-hint
    const durability = isStrict ? 'strict' : 'relaxed';
    const transaction = opened.transaction(STORE, 'readwrite', { durability });
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(transaction.error ?? new Error('The browser aborted a transaction.'));
      };
    });
    const working = work(transaction.objectStore(STORE)).catch((error: unknown) => {
      // It has ended already when a request failed.
      if (!transaction.error) transaction.abort();
      throw error;
    });
    const done = Promise.all([working, committed]).then(([finish]) => finish());
    return inTime(done, () => {
      // Throws when the transaction is being committed.
      transaction.abort();
      return result(opened.transaction(STORE).objectStore(STORE).count());
    });
  };
  const transact = async <T>(
    work: (store: IDBObjectStore) => Promise<() => T>,
    isStrict = false,
  ): Promise<T> => {
    try {
      const made = await attempt(work, isStrict).catch((error: unknown) => {
        if (late) throw error;
        // The connection may be lost, so try again with a new one.
        disconnect();
        return attempt(work, isStrict);
      });
      works = true;
      return made;
    } catch (error) {
      works = (error as Error).name === 'QuotaExceededError';
      throw error;
    }
  };
  const ownKeys = async (store: IDBObjectStore): Promise<string[][]> =>
    ((await result(store.getAllKeys())) as string[][]).filter(([owner]) => owner === user);

  const storage = (stream: string): Storage => {
    const key = [user, stream];
    const indexKey = [...key, 'confirmed'];
    const partKey = (part: string): string[] => [...indexKey, part];
    let known = NOTHING;
    let seenMark: unknown;
    let seenMade = 0;
    /** What is in the database. */
    let written: Queue | undefined;
    /** Reads the parts that another tab has written. */
    const read = async (store: IDBObjectStore, index: Index | undefined): Promise<Known> => {
      if (!index) return NOTHING;
      const { id, writes, ...head } = index;
      if (id === known.index?.id) return known;
      const readPart = async ([part, write]: [string, string]): Promise<[string, unknown]> => {
        if (known.index?.writes.get(part) === write) return [part, known.parts.get(part)];
        const record = (await result(store.get(partKey(part)))) as { value: unknown };
        return [part, record.value];
      };
      const parts = new Map(await Promise.all([...writes].map(readPart)));
      const state = share(known.confirmed?.state, assemble(parts));
      return { index, parts, confirmed: { ...head, state } };
    };
    /** Writes the parts that differ from those that are stored. */
    const write = (store: IDBObjectStore, stored: Known, confirmed: Confirmed): Known => {
      const { state, ...head } = confirmed;
      const id = newId();
      const parts = divide(state);
      const writes = new Map<string, string>();
      for (const [part, value] of parts) {
        const before = stored.index?.writes.get(part);
        const isStored = before !== undefined && isSame(stored.parts.get(part), value);
        if (!isStored) store.put({ value }, partKey(part));
        writes.set(part, isStored ? before : id);
      }
      for (const part of stored.parts.keys()) if (!parts.has(part)) store.delete(partKey(part));
      const index = { ...head, id, writes };
      store.put(index, indexKey);
      return { index, parts, confirmed };
    };
    return {
      update: async (change, isStrict) => {
        const made = await transact(async (store) => {
          const [waiting, index, mark] = (await Promise.all([
            result(store.get(key)),
            result(store.get(indexKey)),
            result(store.get([user])),
          ])) as [Omit<Queue, 'confirmed'> | undefined, Index | undefined, unknown];
          const isAnew = seenMade !== timesMade;
          if (seenMark && seenMark !== mark && (mark || !isAnew)) return () => undefined;
          const stored = await read(store, index);
          // The browser, or its user, has deleted the database: put back what it had.
          const lost = waiting ? undefined : written;
          const before = lost ?? { ...EMPTY, ...waiting, confirmed: stored.confirmed };
          const after = change(before);
          const { confirmed } = after;
          // Separate records, so that a dispatch does not write the state again.
          const isKnown = !confirmed || confirmed === stored.confirmed;
          const next = isKnown ? stored : write(store, stored, confirmed);
          let kept = mark;
          if (after !== before || lost) {
            store.put({ ...after, confirmed: undefined }, key);
            if (!mark) store.put((kept = seenMark ?? newId()), [user]);
          }
          return () => {
            known = next;
            seenMark = kept;
            seenMade = timesMade;
            if (waiting || after !== before || lost) written = after;
            return after;
          };
        }, isStrict);
        if (made) return made;
        const error: StorageError = new Error('The stored data were erased.');
        throw Object.assign(error, { isErased: true });
      },
    };
  };
  const database: Database = {
    storage,
    list: () =>
      transact(async (store) => {
        const keys = (await ownKeys(store)).filter(({ length }) => length === 2);
        const queues = (await Promise.all(keys.map((key) => result(store.get(key))))) as Queue[];
        return () =>
          keys.flatMap(([, stream = ''], index) =>
            queues[index]?.entries.length || queues[index]?.refusals.length ? [stream] : [],
          );
      }),
    erase: () =>
      transact(async (store) => {
        for (const key of await ownKeys(store)) store.delete(key);
        return () => undefined;
      }),
    works: () => works,
    onReturn: () => undefined,
    close: () => {
      database.onReturn = () => undefined;
      disconnect();
    },
  };
  return database;
}
