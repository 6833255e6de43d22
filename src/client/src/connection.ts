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
  /**
   * Follows what is wanted now, and nothing else.
   *
   * Every five minutes, and if the connection `isDoubtful`, all of it is followed again: the answer
   * shows that the connection works, and has the versions that lost messages would have told.
   */
  follow(isDoubtful?: boolean): void;
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
const AGAIN_MS = 300_000;
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
  /** Those that were asked for since `askedMs`: the server follows them, has refused them, or will answer. */
  const asked = new Set<string>();
  const followed = new Set<string>();
  let socket: WebSocket | undefined;
  let openedMs = Infinity;
  let renewMs = Infinity;
  let endMs = Infinity;
  /** When everything was asked for last. */
  let askedMs = 0;
  /** The server handles messages in any order, so it gets the next one when it has answered. */
  let isWaiting = false;
  let isEnded = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let lastMoment: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    isEnded = true;
    clearTimeout(deadline);
    clearTimeout(lastMoment);
    socket?.close();
  };
  const end = (leastMs = 0, isUnreachable = false): void => {
    if (isEnded) return;
    close();
    onEnd(Date.now() - openedMs > LEAST_LIFE_MS, leastMs, isUnreachable);
  };
  const endIn = (ms: number): ReturnType<typeof setTimeout> => {
    const timer = setTimeout(end, ms);
    // In Node, the timer must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
    return timer;
  };
  /** Ends it if its time is over: after a sleep the timer may come late. */
  const isOver = (): boolean => {
    if (Date.now() >= endMs) end();
    return isEnded;
  };
  const expectAnswer = (): void => {
    isWaiting = true;
    deadline = endIn(ANSWER_MS);
  };
  const say = (type: string, names: readonly string[]): void => {
    const streams = names.map((each) => {
      const [store, id] = each.split('/');
      return { store, id };
    });
    socket?.send(JSON.stringify({ type, streams }));
    expectAnswer();
  };
  const follow = (isDoubtful = false): void => {
    if (isDoubtful) askedMs = 0;
    if (isOver() || isWaiting || openedMs === Infinity) return;
    if (Math.abs(Date.now() - askedMs) >= AGAIN_MS) {
      asked.clear();
      askedMs = Date.now();
    }
    const names = wanted();
    const others = [...followed].filter((each) => !names.has(each)).slice(0, MOST_STREAMS);
    const more = [...names].filter((each) => !asked.has(each)).slice(0, MOST_STREAMS);
    if (others.length) {
      for (const each of others) {
        asked.delete(each);
        followed.delete(each);
      }
      say('unfollow', others);
    } else if (more.length) {
      for (const each of more) asked.add(each);
      say('follow', more);
    }
  };
  const stopWaiting = (): void => {
    isWaiting = false;
    clearTimeout(deadline);
  };
  const answered = (): void => {
    stopWaiting();
    // What is wanted may have changed since it was asked.
    follow();
    if (!isWaiting) onFollowing();
  };
  const receive = (text: unknown): void => {
    const message = JSON.parse(String(text)) as Told & Named;
    const tell = (named: Named, isHead: boolean): void => {
      const { version, since, events } = named;
      const stream = nameOf(named);
      if (!Number.isSafeInteger(version)) {
        followed.delete(stream);
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
    const leftMs = Date.parse(endsAt) - (reply.dateMs || clock.nowMs());
    // Nothing is left by a clock that is wrong; then the server says when it has ended.
    const lifeMs = leftMs > 0 ? Math.min(leftMs, LIFE_MS) : LIFE_MS;
    endMs = Date.now() + lifeMs;
    lastMoment = endIn(lifeMs);
    // Not all at once where many have connected at once.
    const usedMs = lifeMs * (0.8 + Math.random() / 10);
    renewMs = Math.min(endMs, Date.now() + Math.max(LEAST_LIFE_MS, usedMs));
    socket = openSocket(`${url}?ticket=${ticket}`);
    expectAnswer();
    socket.onopen = () => {
      stopWaiting();
      openedMs = askedMs = Date.now();
      follow();
    };
    socket.onmessage = ({ data }) => {
      if (!isOver()) receive(data);
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
    close,
  };
}
