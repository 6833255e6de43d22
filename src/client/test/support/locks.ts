/** Exclusive Web Locks, granted in the order of the requests. */
export class Locks {
  readonly #queues = new Map<string, Request[]>();

  request = <T>(name: string, options: LockOptions, hold: () => T | PromiseLike<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const request: Request = {
        grant: () => {
          void Promise.resolve(hold())
            .then(resolve, reject)
            .finally(() => {
              this.#end(name, request);
            });
        },
      };
      options.signal?.addEventListener('abort', () => {
        if (queue[0] === request) return;
        this.#end(name, request);
        reject(new DOMException('aborted', 'AbortError'));
      });
      queue.push(request);
      if (queue.length === 1) queueMicrotask(request.grant);
    });

  /** The locks of one tab; `kill` releases them and cancels requests, as the browser does. */
  ofTab(): { request: LockManager['request']; kill: () => void } {
    const own: { name: string; request: Request }[] = [];
    const request = ((name: string, options: LockOptions, hold: () => Promise<unknown>) => {
      const before = new Set(this.#queues.get(name));
      const held = this.request(name, options, hold);
      for (const candidate of this.#queues.get(name) ?? []) {
        if (!before.has(candidate)) own.push({ name, request: candidate });
      }
      return held;
    }) as LockManager['request'];
    return {
      request,
      kill: () => {
        for (const { name, request: lost } of own) this.#end(name, lost);
      },
    };
  }

  #end(name: string, request: Request): void {
    const queue = this.#queues.get(name) ?? [];
    const at = queue.indexOf(request);
    if (at < 0) return;
    queue.splice(at, 1);
    if (at === 0) {
      const next = queue[0];
      if (next) queueMicrotask(next.grant);
    }
  }
}

interface Request {
  grant: () => void;
}
