/** Exclusive Web Locks, granted in the order of the requests, unless one is stolen. */
export class Locks {
  readonly #queues = new Map<string, Request[]>();

  /** The locks of one tab; `kill` releases them and cancels requests, as the browser does. */
  ofTab(): { request: LockManager['request']; kill: () => void } {
    const own: [string, Request][] = [];
    const request = (name: string, options: LockOptions, hold: () => unknown): Promise<unknown> => {
      if (options.steal && options.signal) {
        return Promise.reject(new DOMException('steal with a signal', 'NotSupportedError'));
      }
      return new Promise((resolve, reject) => {
        const made: Request = {
          grant: () => {
            made.isHeld = true;
            void Promise.resolve(hold())
              .then(resolve, reject)
              .finally(() => {
                this.#end(name, made);
              });
          },
          reject: () => {
            reject(new DOMException('aborted or stolen', 'AbortError'));
          },
        };
        own.push([name, made]);
        const queue = this.#queueOf(name);
        options.signal?.addEventListener('abort', () => {
          if (made.isHeld) return;
          this.#end(name, made);
          made.reject();
        });
        if (options.steal) {
          const [held] = queue;
          if (held?.isHeld) queue.shift();
          queue.unshift(made);
          // The tab that loses it may be stalled: it learns of it later.
          if (held?.isHeld) setImmediate(held.reject);
        } else {
          queue.push(made);
        }
        this.#grant(name);
      });
    };
    return {
      request: request as LockManager['request'],
      kill: () => {
        for (const [name, lost] of own) this.#end(name, lost);
      },
    };
  }

  #queueOf(name: string): Request[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #grant(name: string): void {
    queueMicrotask(() => {
      const [next] = this.#queueOf(name);
      if (next && !next.isHeld) next.grant();
    });
  }

  #end(name: string, request: Request): void {
    const queue = this.#queueOf(name);
    if (!queue.includes(request)) return;
    queue.splice(queue.indexOf(request), 1);
    this.#grant(name);
  }
}

interface Request {
  grant: () => void;
  reject: () => void;
  isHeld?: true;
}
