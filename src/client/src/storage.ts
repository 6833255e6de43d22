import { EMPTY, type Change, type Confirmed, type Ledger } from './ledger.js';

/** Where a ledger is kept, for all tabs of this browser. */
export interface Storage {
  /**
   * Takes a step in one transaction. Resolves with the ledger as it is then, committed.
   *
   * @param isStrict - Wait until it is on the disk, so that not even a power cut undoes it.
   */
  readonly update: (change: Change, isStrict: boolean) => Promise<Ledger>;
  readonly close: () => void;
}

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

/** Opens the ledger of a stream in IndexedDB; rejects when the browser has none to give. */
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
      // Closed by the browser, or in the way of a newer version of the page.
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
    const work = async (): Promise<Ledger> => {
      const store = transaction.objectStore(STORE);
      // Apart, so that a dispatch does not write the whole state again.
      const stateKey = [stream, 'confirmed'];
      const [waiting, confirmed] = (await Promise.all([
        result(store.get(stream)),
        result(store.get(stateKey)),
      ])) as [Omit<Ledger, 'confirmed'> | undefined, Confirmed | undefined];
      const before = { ...EMPTY, ...waiting, confirmed };
      const after = change(before);
      if (after.confirmed !== confirmed) store.put(after.confirmed, stateKey);
      if (after !== before) store.put({ ...after, confirmed: undefined }, stream);
      return after;
    };
    const [ledger] = await Promise.all([work(), committed]);
    return ledger;
  };
  await connect();
  return {
    // What failed has done nothing. The connection may have been lost, so another one is tried.
    update: (change, isStrict) =>
      attempt(change, isStrict).catch(() => {
        close();
        return attempt(change, isStrict);
      }),
    close,
  };
}
