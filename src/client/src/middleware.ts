import type { Action, Middleware, MiddlewareAPI } from 'redux';
import { stamped, stampOf, toSynced } from './actions.js';
import { newId } from './ids.js';
import type { OpenStream } from './openStream.js';
import type { Settings } from './options.js';
import type { SyncState } from './state.js';

/** Creates the middleware, which records the stream's actions in the outbox before they are reduced. */
export function createMiddleware(
  { stream, owns }: Settings,
  open: (store: MiddlewareAPI) => OpenStream,
  select: (state: object) => SyncState,
): Middleware {
  const isOwn = (action: unknown): action is Action => {
    const { type } = Object(action) as { type?: unknown };
    if (typeof type !== 'string' || type.startsWith('roundtrip/')) return false;
    // An earlier Roundtrip middleware may have claimed the action for its own stream.
    const claimed = stampOf(action as Action)?.stream ?? stream;
    return claimed === stream && owns(action as Action);
  };
  return (store) => {
    const opened = open(store);
    const isPending = (id: string): boolean => {
      try {
        return select(store.getState() as object).pending.some((entry) => entry.id === id);
      } catch {
        // Redux forbids getState in a reducer: the dispatch came from one, and was not reduced.
        return false;
      }
    };
    return (next) => (action) => {
      if (!isOwn(action)) return next(action);
      if (opened.closed.aborted) throw new Error(`${action.type} was dispatched after close().`);
      const [id, at, synced] = [newId(), Date.now(), toSynced(action)];
      // Recorded before it is reduced, so that what a subscriber dispatches is queued after it.
      const forget = opened.record({ id, at, action: synced });
      try {
        return next(stamped(synced, { id, at, stream }));
      } catch (error) {
        // A subscriber's error comes after the action was reduced: the action stays.
        if (!isPending(id)) forget();
        throw error;
      }
    };
  };
}
