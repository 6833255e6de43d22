import type { Browser } from './browser.js';
import type { Health } from './status.js';

/** A message to the other tabs of the stream. Every message means: read the storage again. */
export interface Message {
  /** The leading tab's health. */
  readonly health?: Health;
  /** A new tab asks for the health. */
  readonly isNew?: boolean;
  readonly paused?: boolean;
  /** The server may have a new state. */
  readonly hasNews?: boolean;
}

/**
 * Joins the other tabs of this stream until `left` is aborted.
 *
 * One tab leads: it holds a lock, which the browser releases when the tab ends or crashes. Without
 * locks or channels every tab leads. That is safe, because a frozen batch is always sent unchanged
 * under its key.
 *
 * https://w3c.github.io/web-locks/
 *
 * @returns a function that posts a message to the other tabs.
 */
export function joinTabs(
  { locks, openChannel }: Browser,
  name: string,
  left: AbortSignal,
  onMessage: (message: Message) => void,
  onLead: () => void,
): (message: Message) => void {
  const channel = openChannel(name);
  const lead = (): void => {
    if (!left.aborted) onLead();
  };
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      onMessage(data);
    };
    left.addEventListener('abort', () => {
      channel.close();
    });
    // In Node, the channel must not keep the process alive.
    (channel as { unref?: () => void }).unref?.();
  }
  if (locks && channel) {
    const hold = (): Promise<unknown> => {
      lead();
      return new Promise((resolve) => {
        left.addEventListener('abort', resolve);
      });
    };
    locks.request(name, { signal: left }, hold).catch(lead);
  } else {
    queueMicrotask(lead);
  }
  return (message) => {
    if (!left.aborted) channel?.postMessage(message);
  };
}
