import type { Browser } from './browser.js';
import type { Health } from './status.js';

/** What a tab tells the others of its stream; in any case, that there may be something to read. */
export interface Message {
  /** How things stand, from the tab that leads. */
  readonly health?: Health;
  /** A tab is new, and asks how things stand. */
  readonly isNew?: boolean;
  readonly paused?: boolean;
  /** It is worth while to ask the server. */
  readonly hasNews?: boolean;
}

/**
 * Joins the tabs that have this stream, until the signal.
 *
 * One of them leads: it holds a lock, which the browser frees when the tab ends, however it ends.
 * Where there are no locks, or tabs cannot talk, each leads. That is safe: whoever finds a frozen
 * batch sends it as it is, under its key.
 *
 * https://w3c.github.io/web-locks/
 *
 * @returns how to tell the others something.
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
    // Only in Node: it must not keep a server from ending.
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
