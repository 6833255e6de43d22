import { newId } from './ids.js';
import { assemble, divide, isSame, type Parts } from './parts.js';
import { EMPTY, type Change, type Confirmed, type Queue } from './queue.js';
import { share } from './structuralSharing.js';

/** Stores a queue for all tabs of this browser. */
export interface Storage {
  /**
   * Makes a change in one transaction. Resolves with the new queue, once it is committed.
   *
   * @param isStrict - Wait until the data are on disk, so that they survive a power failure.
   */
  readonly update: (change: Change, isStrict: boolean) => Promise<Queue>;
  readonly close: () => void;
}

/** Users' browsers hold data under this name. */
const STORE = 'ledgers';

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

/** Opens a stream's queue in IndexedDB; rejects if the browser denies access. */
export async function openStorage(factory: IDBFactory, stream: string): Promise<Storage> {
  let connection: IDBDatabase | undefined;
  let known = NOTHING;
  const indexKey = [stream, 'confirmed'];
  const partKey = (name: string): string[] => [...indexKey, name];
  const close = (): void => {
    connection?.close();
    connection = undefined;
  };
  const connect = async (): Promise<IDBDatabase> => {
    if (!connection) {
      const opening = factory.open('roundtrip', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
      connection = await result(opening);
      // The browser may close the connection, and a newer version of the page must not be blocked.
      connection.onclose = connection.onversionchange = close;
    }
    return connection;
  };
  /** Reads the parts that another tab has written. */
  const read = async (store: IDBObjectStore, index: Index | undefined): Promise<Known> => {
    // The record of an earlier version of this client lists no parts, and is replaced.
    if (!index?.writes) return NOTHING;
    const { id, writes, ...head } = index;
    if (id === known.index?.id) return known;
    const readPart = async ([name, write]: [string, string]): Promise<[string, unknown]> => {
      if (known.index?.writes.get(name) === write) return [name, known.parts.get(name)];
      const record = (await result(store.get(partKey(name)))) as { value: unknown };
      return [name, record.value];
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
    for (const [name, value] of parts) {
      const before = stored.index?.writes.get(name);
      const isStored = before !== undefined && isSame(stored.parts.get(name), value);
      if (!isStored) store.put({ value }, partKey(name));
      writes.set(name, isStored ? before : id);
    }
    for (const name of stored.parts.keys()) if (!parts.has(name)) store.delete(partKey(name));
    const index = { ...head, id, writes };
    store.put(index, indexKey);
    return { index, parts, confirmed };
  };
  const attempt: Storage['update'] = async (change, isStrict) => {
    // https://w3c.github.io/IndexedDB/#transaction-durability-hint
    const durability = isStrict ? 'strict' : 'relaxed';
    const transaction = (await connect()).transaction(STORE, 'readwrite', { durability });
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(transaction.error ?? new Error('The browser aborted a transaction.'));
      };
    });
    const work = async (): Promise<[Queue, Known]> => {
      const store = transaction.objectStore(STORE);
      const [waiting, index] = (await Promise.all([
        result(store.get(stream)),
        result(store.get(indexKey)),
      ])) as [Omit<Queue, 'confirmed'> | undefined, Index | undefined];
      const stored = await read(store, index);
      const before = { ...EMPTY, ...waiting, confirmed: stored.confirmed };
      const after = change(before);
      const { confirmed } = after;
      // Separate records, so that a dispatch does not write the state again.
      const isKnown = !confirmed || confirmed === stored.confirmed;
      const written = isKnown ? stored : write(store, stored, confirmed);
      if (after !== before) store.put({ ...after, confirmed: undefined }, stream);
      return [after, written];
    };
    const [[queue, written]] = await Promise.all([work(), committed]);
    known = written;
    return queue;
  };
  await connect();
  return {
    // A failed transaction has no effect. The connection may be lost, so try again with a new one.
    update: (change, isStrict) =>
      attempt(change, isStrict).catch(() => {
        close();
        return attempt(change, isStrict);
      }),
    close,
  };
}
