import type { Action, Middleware, MiddlewareAPI } from 'redux';
import { stamped, stampOf, toSynced } from './actions.js';
import { newId } from './ids.js';
import type { Settings } from './options.js';
import type { Session } from './session.js';
import type { SyncState } from './state.js';

/** Makes the middleware, which puts own actions into the outbox once the local reducer has taken them. */
export function createMiddleware(
  { stream, owns }: Settings,
  open: (store: MiddlewareAPI) => Session,
  select: (state: object) => SyncState,
): Middleware {
  const isOwn = (action: unknown): action is Action => {
    const { type } = Object(action) as { type?: unknown };
    if (typeof type !== 'string' || type.startsWith('roundtrip/')) return false;
    // Another Roundtrip before this one may have claimed it.
    const claimed = stampOf(action as Action)?.stream ?? stream;
    return claimed === stream && owns(action as Action);
  };
  return (store) => {
    const session = open(store);
    const isPending = (id: string): boolean => {
      try {
        return select(store.getState() as object).pending.some((entry) => entry.id === id);
      } catch {
        // A reducer dispatches, which Redux refuses: nothing was reduced.
        return false;
      }
    };
    return (next) => (action) => {
      if (!isOwn(action)) return next(action);
      if (session.closed.aborted) throw new Error(`${action.type} came after close().`);
      const [id, at, synced] = [newId(), Date.now(), toSynced(action)];
      // Before it is reduced, so that what a subscriber dispatches comes after it.
      const forget = session.record({ id, at, action: synced });
      try {
        return next(stamped(synced, { id, at, stream }));
      } catch (error) {
        // Thrown by a subscriber, it comes too late to refuse the action.
        if (!isPending(id)) forget();
        throw error;
      }
    };
  };
}
