import type { Action, Middleware, MiddlewareAPI } from 'redux';
import { isStreamAction, stamped, toSynced } from './actions.js';
import type { SyncState } from './state.js';
import type { Streams } from './streams.js';

/** Creates the middleware, which records streams' actions in their outboxes before they are reduced. */
export function createMiddleware(
  start: (store: MiddlewareAPI) => Streams,
  select: (state: object, stream: string) => SyncState,
): Middleware {
  return (store) => {
    const streams = start(store);
    const isPending = (stream: string, id: string): boolean => {
      try {
        return select(store.getState() as object, stream).pending.some((entry) => entry.id === id);
      } catch {
        // Redux forbids getState in a reducer: the dispatch came from one, and was not reduced.
        return false;
      }
    };
    return (next) => (action) => {
      const { type } = Object(action) as Partial<Action>;
      if (typeof type !== 'string' || isStreamAction(action as Action)) return next(action);
      const stream = streams.route(action as Action);
      if (!stream) return next(action);
      const synced = toSynced(action as Action);
      // Recorded before it is reduced, so that what a subscriber dispatches is queued after it.
      const { stamp, forget } = stream.record(synced);
      try {
        return next(stamped(synced, stamp));
      } catch (error) {
        // A subscriber's error comes after the action was reduced: the action stays.
        if (!isPending(stamp.stream, stamp.id)) forget();
        throw error;
      }
    };
  };
}
