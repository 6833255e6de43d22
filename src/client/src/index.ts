/**
 * @packageDocumentation
 *
 * The path of an action, from `dispatch` to the confirmed state:
 *
 * 1. `middleware.ts` finds the action's stream, gives it an id, puts it into the outbox and passes it on.
 * 2. `reducer.ts` applies it with the application's reducer and lists it as pending.
 * 3. `outbox.ts` saves it; `queue.ts` holds the data, `storage.ts` writes them to IndexedDB, the
 *    confirmed state in `parts.ts`'s parts.
 * 4. `syncLoop.ts` freezes a batch and sends it; `request.ts` makes the HTTP request.
 * 5. `responses.ts` reads the response: a decision about each action, or a failure to retry;
 *    `patch.ts` applies what has changed to the confirmed state.
 * 6. `queue.ts` removes the decided actions and keeps the server's state.
 * 7. `openStream.ts` dispatches the new sync state; `reducer.ts` replays what is still pending on it.
 *
 * Around it:
 *
 * - `roundtrip.ts`: the public API. `options.ts`: its options. `state.ts`: the sync state's types.
 * - `streams.ts`: the streams of the page, open and in the background, and the messages about them.
 * - `openStream.ts`: connects a stream's outbox and sync loop with the Redux store and the other tabs.
 *   `page.ts`: what streams have in common. `outcomes.ts`: those who wait for an action's outcome.
 * - `tabs.ts`: chooses the tab that sends, and passes messages between tabs.
 * - `browser.ts`: everything the client uses of the browser. `backoff.ts`: waits between retries.
 *   `clock.ts`: the server's time.
 * - `actions.ts`: what the middleware tells the reducer. `status.ts`: one word for the sync state.
 * - `problems.ts`: problems that the client reports itself. `rejected.ts`: what a reducer throws.
 * - `push.ts`: the entry point of push, with modules of its own.
 * - `json.ts`, `structuralSharing.ts`, `ids.ts`: plain JSON, stable identities, random ids.
 */
export {
  createRoundtrip,
  type OfStream,
  type Roundtrip,
  type Stream,
  type SyncedReducer,
} from './roundtrip.js';
export type { OpenOptions, RoundtripOptions, StoreOptions } from './options.js';
export type { Push } from './page.js';
export { Rejected } from './rejected.js';
export type {
  Outcome,
  PendingAction,
  Problem,
  RejectedAction,
  RoundtripState,
  Slices,
  Status,
  Synced,
  SyncedAction,
  SyncState,
} from './state.js';
