import type { Page } from './page.js';
import { createSend } from './request.js';
import type { SyncedAction } from './state.js';

/** An event of a stream, as `GET .../events` shows it. */
export interface PushedEvent extends SyncedAction {
  readonly version: number;
}

/** What the server tells of a stream. */
export interface News {
  readonly stream: string;
  /** The version that the stream has. */
  readonly version: number;
  /** The version that `events` follow. */
  readonly since?: number;
  readonly events?: readonly PushedEvent[];
}

/** A connection over which the server tells of changes, from its ticket to its end. */
export interface Connection {
  /** The streams that the server tells of. */
  readonly followed: ReadonlySet<string>;
  /** When another connection must take its place, by `Date.now()`. */
  readonly renewMs: number;
  /** Follows what is wanted now, and nothing else. */
  follow(): void;
  /** Keeps it open, and finds out whether it still is, if nothing was heard for so long or `isDoubtful`. */
  check(isDoubtful: boolean): void;
  close(): void;
}

/** What happens on a connection. */
export interface Listener {
  /** @param isHead - The server has read the version since the stream is followed. */
  readonly onNews: (news: News, isHead: boolean) => void;
  /** The server has answered all that was asked to be followed. */
  readonly onFollowing: () => void;
  /**
   * It has ended, other than by `close`.
   *
   * @param lasted - It worked for a while.
   * @param leastMs - How long to wait before the next at least.
   * @param isUnreachable - The API did not answer.
   */
  readonly onEnd: (lasted: boolean, leastMs: number, isUnreachable: boolean) => void;
}

/** Messages of the server; the types of their members are not checked yet. */
interface Told {
  readonly type?: unknown;
  readonly streams?: unknown;
}

interface Named extends Omit<News, 'stream'> {
  readonly store: string;
  readonly id: string;
  readonly refused?: string;
}

const nameOf = ({ store, id }: Named): string => `${store}/${id}`;

/** The most streams in a message; the server's limit. */
const MOST_STREAMS = 25;
/** How long the server has to open a connection, and to answer: its function may have to start. */
const ANSWER_MS = 15_000;
/** API Gateway closes a connection after 10 minutes without a message. */
const PING_MS = 300_000;
/**
 * API Gateway closes every connection after two hours:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const LIFE_MS = 7_200_000;
/** A connection is not replaced sooner: close to its end a token may give shorter and shorter ones. */
const LEAST_LIFE_MS = 60_000;
/** The deployment does not push; it may later. */
const OFF_MS = 3_600_000;

/**
 * Opens a connection.
 *
 * @param wanted - Returns the streams to follow.
 */
export function openConnection(
  { settings, clock, closed }: Page,
  openSocket: (url: string) => WebSocket,
  wanted: () => ReadonlySet<string>,
  { onNews, onFollowing, onEnd }: Listener,
): Connection {
  /** Those of which the server knows, or will: it may handle messages in another order. */
  const asked = new Set<string>();
  const refused = new Set<string>();
  const followed = new Set<string>();
  let socket: WebSocket | undefined;
  let openedMs = Infinity;
  let renewMs = Infinity;
  let heardMs = 0;
  /** How many messages are not answered yet. */
  let unanswered = 0;
  let isEnded = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    isEnded = true;
    clearTimeout(deadline);
    socket?.close();
  };
  const end = (leastMs = 0, isUnreachable = false): void => {
    if (isEnded) return;
    close();
    onEnd(Date.now() - openedMs > LEAST_LIFE_MS, leastMs, isUnreachable);
  };
  const expectAnswer = (): void => {
    clearTimeout(deadline);
    if (!unanswered) return;
    deadline = setTimeout(end, ANSWER_MS);
    // In Node, the timer must not keep the process alive.
    (deadline as { unref?: () => void }).unref?.();
  };
  const say = (message: object): void => {
    socket?.send(JSON.stringify(message));
    unanswered += 1;
    expectAnswer();
  };
  const name = (type: string, names: readonly string[]): void => {
    for (let start = 0; start < names.length; start += MOST_STREAMS) {
      const streams = names.slice(start, start + MOST_STREAMS).map((each) => {
        const [store, id] = each.split('/');
        return { store, id };
      });
      say({ type, streams });
    }
  };
  const follow = (): void => {
    if (openedMs === Infinity) return;
    const names = wanted();
    const others = [...followed].filter((each) => !names.has(each));
    for (const each of others) followed.delete(each);
    name('unfollow', others);
    const more = [...names].filter((each) => !asked.has(each));
    for (const each of more) asked.add(each);
    name('follow', more);
  };
  const answered = (): void => {
    unanswered -= 1;
    expectAnswer();
    // What is wanted may have changed since it was asked.
    follow();
    if (!unanswered) onFollowing();
  };
  const receive = (text: unknown): void => {
    const message = JSON.parse(String(text)) as Told & Named;
    const tell = (named: Named, isHead: boolean): void => {
      const { version, since, events } = named;
      const stream = nameOf(named);
      if (!Number.isSafeInteger(version)) {
        refused.add(stream);
        return;
      }
      if (isHead) followed.add(stream);
      const isTold = Number.isSafeInteger(since) && Array.isArray(events);
      onNews({ stream, version, ...(isTold && { since, events }) }, isHead);
    };
    switch (message.type) {
      case 'poke':
        tell(message, false);
        break;
      case 'following':
        for (const named of message.streams as Named[]) tell(named, true);
        answered();
        break;
      case 'unfollowed':
        for (const named of message.streams as Named[]) asked.delete(nameOf(named));
        answered();
        break;
      case 'pong':
        answered();
        break;
      case 'malformed':
        console.error('Roundtrip:', message);
        end();
        break;
      case 'expired':
        end();
    }
  };
  const connect = async (): Promise<void> => {
    const reply = await createSend(settings, `${settings.url}/sockets`, closed)('', {}, '');
    if (isEnded) return;
    if ('kind' in reply) {
      end(0, true);
      return;
    }
    if (reply.status !== 201) {
      end(reply.status === 404 ? OFF_MS : reply.retryAfterMs);
      return;
    }
    const { url, ticket, endsAt } = reply.body as Record<'url' | 'ticket' | 'endsAt', string>;
    socket = openSocket(`${url}?ticket=${ticket}`);
    unanswered = 1;
    expectAnswer();
    socket.onopen = () => {
      unanswered = 0;
      expectAnswer();
      openedMs = heardMs = Date.now();
      const lifeMs = Date.parse(endsAt) - (reply.dateMs || clock.nowMs());
      // Not all at once where many have connected at once.
      const usedMs = Math.min(lifeMs || LIFE_MS, LIFE_MS) * (0.8 + Math.random() / 10);
      renewMs = openedMs + Math.max(LEAST_LIFE_MS, usedMs);
      follow();
    };
    socket.onmessage = ({ data }) => {
      if (isEnded) return;
      heardMs = Date.now();
      receive(data);
    };
    socket.onclose = () => {
      end();
    };
  };
  connect().catch((error: unknown) => {
    console.error('Roundtrip:', error);
    end();
  });

  return {
    followed,
    get renewMs() {
      return renewMs;
    },
    follow,
    check: (isDoubtful) => {
      if (openedMs === Infinity || !(isDoubtful || Math.abs(Date.now() - heardMs) >= PING_MS))
        return;
      say({ type: 'ping' });
      // What the server has refused may be possible now.
      for (const each of refused) asked.delete(each);
      refused.clear();
      follow();
    },
    close,
  };
}
