import type { MiddlewareAPI } from 'redux';
import type { Browser } from './browser.js';
import type { Clock } from './clock.js';
import type { Settings } from './options.js';
import type { SyncState } from './state.js';
import type { Database } from './storage.js';
import type { Message } from './tabs.js';

/** What the streams of a page have in common. */
export interface Page {
  readonly settings: Settings;
  readonly browser: Browser;
  readonly store: MiddlewareAPI;
  readonly select: (state: object, stream: string) => SyncState;
  readonly clock: Clock;
  readonly database: Database;
  /** This tab sends for all tabs of the user. */
  isLeader: boolean;
  isPaused: boolean;
  readonly post: (message: Message) => void;
  /** Posts a message that the leader must answer. */
  readonly ask: (message: Message) => void;
  /** This tab reached the server while the leader could not. */
  readonly succeedLeader: () => void;
  readonly onStopped: (stream: string) => void;
}
