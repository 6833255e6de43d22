import { IDBDatabase as FDBDatabase } from 'fake-indexeddb';
import { vi } from 'vitest';

/** Returns the result of a request. */
export const requested = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('The request failed.', { cause: request.error }));
    };
  });

/** Leaves opens without an answer, until `stop` is called; `answer` answers then. */
export function holdOpens(factory: IDBFactory): { stop: () => void; answer: () => void } {
  const real = factory.open.bind(factory);
  const held: (() => void)[] = [];
  const spy = vi.spyOn(factory, 'open').mockImplementation((...args) => {
    const request: Record<string, unknown> = {};
    held.push(() => {
      const answer = real(...args);
      for (const event of ['upgradeneeded', 'success', 'error']) {
        answer.addEventListener(event, () => {
          Object.assign(request, { result: answer.result, error: answer.error });
          (request[`on${event}`] as (() => void) | undefined)?.();
        });
      }
    });
    return request as never;
  });
  return {
    stop: () => {
      spy.mockRestore();
    },
    answer: () => {
      spy.mockRestore();
      for (const answer of held) answer();
    },
  };
}

/** Keeps a transaction alive, until it is aborted. */
function keepAlive(transaction: IDBTransaction): void {
  const [name = ''] = transaction.objectStoreNames;
  const again = (): void => {
    try {
      transaction.objectStore(name).count().onsuccess = again;
    } catch {
      // It was aborted.
    }
  };
  again();
}

/** Starts an upgrade of another tab that never ends, unless it is aborted. */
export function upgradeForEver(factory: IDBFactory): Promise<IDBTransaction> {
  const opening = factory.open('roundtrip', 99);
  return new Promise((resolve) => {
    // The abort makes the open fail.
    opening.onerror = (event) => {
      event.preventDefault();
    };
    opening.onupgradeneeded = () => {
      const { transaction } = opening;
      if (!transaction) return;
      keepAlive(transaction);
      resolve(transaction);
    };
  });
}

/** Starts a transaction of another tab that never ends, unless it is aborted. */
export async function occupy(factory: IDBFactory): Promise<IDBTransaction> {
  const database = await requested(factory.open('roundtrip'));
  const transaction = database.transaction([...database.objectStoreNames], 'readwrite');
  transaction.addEventListener('abort', () => {
    database.close();
  });
  keepAlive(transaction);
  return transaction;
}

/** Commits transactions without an answer, until `stop` is called; `answer` answers then. */
export function delayCommits(): { stop: () => void; answer: () => void } {
  const held: (() => void)[] = [];
  const real = Reflect.get(FDBDatabase.prototype, 'transaction');
  const spy = vi.spyOn(FDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...args
  ): IDBTransaction {
    const made = real.apply(this, args);
    made.addEventListener('complete', () => {
      const { oncomplete } = made;
      held.push(oncomplete as () => void);
      made.oncomplete = null;
    });
    return made;
  });
  return {
    stop: () => {
      spy.mockRestore();
    },
    answer: () => {
      spy.mockRestore();
      for (const answer of held) answer();
    },
  };
}
