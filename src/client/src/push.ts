/**
 * @packageDocumentation
 *
 * Push for the client: the server tells of changes over a WebSocket.
 *
 * - `following.ts`: what is followed, and by which connection. `connection.ts`: one connection, from
 *   its ticket to its end. `told.ts`: states with the events that the server has told.
 */
import { follow } from './following.js';
import type { Push } from './page.js';

export interface PushOptions {
  /** Replaces `new WebSocket(url)`. */
  readonly openSocket?: (url: string) => WebSocket;
}

/**
 * Returns the option `push` of `createRoundtrip`: open streams are kept up to date over a WebSocket.
 *
 * @example
 * ```ts
 * const sync = createRoundtrip({ url: '', stores: { tasks: {} }, push: push() });
 * ```
 */
export const push =
  ({ openSocket = (url) => new WebSocket(url) }: PushOptions = {}): Push =>
  (page) =>
    follow(page, openSocket);
export type { Push };
