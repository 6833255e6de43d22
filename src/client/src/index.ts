export { createRoundtrip, type Roundtrip, type SyncedReducer } from './roundtrip.js';
export type { RoundtripOptions } from './options.js';
export { Rejected } from './rejected.js';
export type {
  PendingAction,
  Problem,
  RejectedAction,
  Status,
  Synced,
  SyncedAction,
  SyncState,
} from './state.js';
