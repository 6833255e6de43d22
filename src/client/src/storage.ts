import { EMPTY, type Change, type Confirmed, type Queue } from './queue.js';

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
    const work = async (): Promise<Queue> => {
      const store = transaction.objectStore(STORE);
      // A separate record, so that a dispatch does not write the whole state again.
      const stateKey = [stream, 'confirmed'];
      const [waiting, confirmed] = (await Promise.all([
        result(store.get(stream)),
        result(store.get(stateKey)),
      ])) as [Omit<Queue, 'confirmed'> | undefined, Confirmed | undefined];
      const before = { ...EMPTY, ...waiting, confirmed };
      const after = change(before);
      if (after.confirmed !== confirmed) store.put(after.confirmed, stateKey);
      if (after !== before) store.put({ ...after, confirmed: undefined }, stream);
      return after;
    };
    const [queue] = await Promise.all([work(), committed]);
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
