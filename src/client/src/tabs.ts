import type { Browser } from './browser.js';
import type { PushMessage } from './following.js';
import type { Health } from './status.js';

/** A message to the other tabs. */
export interface Message {
  /** The stream that it is about; without one, it is about all. */
  readonly stream?: string;
  /** There is something new in the storage. */
  readonly stored?: true;
  /** The leading tab's health. */
  readonly health?: Health;
  /** A new tab asks for the health. */
  readonly isNew?: true;
  readonly paused?: boolean;
  /** The version that the server has at least; Infinity if it may have any. */
  readonly hasNews?: number;
  readonly push?: PushMessage;
  /** The user's data were erased. */
  readonly erased?: true;
  /** A tab needs the leading tab. */
  readonly need?: true;
  /** The leading tab is there. */
  readonly ack?: true;
}

/** The other tabs of this user. */
export interface Tabs {
  readonly post: (message: Message) => void;
  /** Asks the leading tab for a sign of life; takes the lead if there is none. */
  readonly need: () => void;
  /** Takes the lead at once. */
  readonly steal: () => void;
}

/** How long the leading tab has to answer. */
export const ACK_MS = 4000;

/**
 * Joins the other tabs of this user until `left` is aborted.
 *
 * One tab leads: it holds a lock, which the browser releases when the tab ends or crashes. A tab that
 * holds it and stalls, as in a dialog, loses it to a tab that needs it. Without locks or channels
 * every tab leads. Several leading tabs are safe, because a frozen batch is always sent unchanged
 * under its key.
 *
 * https://w3c.github.io/web-locks/
 *
 * @param canLead - Whether this tab can read what the others have stored.
 * @param onLead - Called when this tab takes the lead, and when it loses it.
 */
export function joinTabs(
  { locks, openChannel }: Browser,
  name: string,
  left: AbortSignal,
  canLead: () => boolean,
  onMessage: (message: Message) => void,
  onLead: (isLeader: boolean) => void,
): Tabs {
  const channel = openChannel(name);
  let isLeader = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const post = (message: Message): void => {
    if (!left.aborted) channel?.postMessage(message);
  };
  const stopWaiting = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const lead = (isNow: boolean): void => {
    stopWaiting();
    if (left.aborted || isLeader === isNow) return;
    isLeader = isNow;
    onLead(isNow);
  };
  const request = async (options: LockOptions): Promise<void> => {
    try {
      await locks?.request(name, options, () => {
        lead(true);
        return new Promise<void>((resolve) => {
          left.addEventListener('abort', () => {
            resolve();
          });
          if (left.aborted) resolve();
        });
      });
    } catch (error) {
      // Another tab has stolen the lock, or the browser denies locks.
      lead((error as Error).name !== 'AbortError');
    }
  };
  const ask = async (): Promise<void> => {
    await request({ signal: left });
    if (!isLeader && !left.aborted) await ask();
  };
  const steal = (): void => {
    if (isLeader || left.aborted) return;
    // Even if the browser never grants the lock.
    lead(true);
    void request({ steal: true });
  };

  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.ack) stopWaiting();
      if (data.need && isLeader && canLead()) post({ ack: true });
      onMessage(data);
    };
    left.addEventListener('abort', () => {
      stopWaiting();
      channel.close();
    });
    // In Node, the channel must not keep the process alive.
    (channel as { unref?: () => void }).unref?.();
  }
  if (locks && channel) {
    void ask();
  } else {
    queueMicrotask(() => {
      lead(true);
    });
  }
  return {
    post,
    need: () => {
      if (isLeader) return;
      post({ need: true });
      timer ??= setTimeout(steal, ACK_MS);
    },
    steal,
  };
}
