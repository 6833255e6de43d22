import type { MiddlewareAPI } from 'redux';
import type { Browser } from './browser.js';
import type { Clock } from './clock.js';
import type { OpenStream } from './openStream.js';
import type { Settings } from './options.js';
import type { Confirmed } from './queue.js';
import type { Start } from './reducer.js';
import type { SyncState } from './state.js';
import type { Database } from './storage.js';
import type { Message } from './tabs.js';

/** What the streams of a page have in common. */
export interface Page {
  readonly settings: Settings;
  readonly browser: Browser;
  readonly store: MiddlewareAPI;
  readonly start: Start;
  readonly select: (state: object, stream: string) => SyncState;
  readonly clock: Clock;
  readonly database: Database;
  /** The streams that are open, and those in the background, by name. */
  readonly streams: ReadonlyMap<string, OpenStream>;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
  /** This tab sends for all tabs of the user. */
  isLeader: boolean;
  isPaused: boolean;
  readonly post: (message: Message) => void;
  /** Posts a message that the leader must answer. */
  readonly ask: (message: Message) => void;
  /** This tab reached the server while the leader could not. */
  readonly succeedLeader: () => void;
  readonly onStopped: (stream: string) => void;
  following?: Following;
}

/** Learns of changes as they happen; `@roundtrip/client/push` makes it. */
export type Push = (page: Page) => Following;

export interface Following {
  /** Takes a message of another tab. */
  readonly receive: (message: Message) => void;
  /** Returns what is known of a stream. Called when anything of it may have changed. */
  readonly view: (stream: string, confirmed: Confirmed | undefined) => View;
  /** A stream has stopped. */
  readonly changed: () => void;
}

/** What is known of a stream, with the events that push has told. */
export interface View extends Pick<Confirmed, 'version' | 'state'> {
  /** The server tells of each change, and this is the latest version. */
  readonly isLive?: boolean;
}
