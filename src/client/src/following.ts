import { jitterMs } from './backoff.js';
import { openConnection, type Connection, type News } from './connection.js';
import { newId } from './ids.js';
import type { Following, Page } from './page.js';
import { createTold } from './told.js';

/** What push tells the other tabs. */
export interface PushMessage {
  /** A tab, and the streams that it shows to somebody. The leader answers with `live`. */
  readonly tab?: string;
  readonly shows?: readonly string[];
  /** From the leader: the streams of which the server tells, and their latest versions. */
  readonly live?: readonly (readonly [string, number])[];
  readonly news?: News;
}

/** Changes that follow each other immediately are dealt with at once. */
const SETTLE_MS = 100;
const TICK_MS = 30_000;
/** A hidden page follows its streams a little longer, since it may only be covered for a moment. */
const LINGER_MS = 60_000;
/** A tab that was not heard for so long has ended. */
const ABSENT_MS = 100_000;
/** Timers of a page that the user does not see may be a minute late; later ones are those of a sleep. */
const ASLEEP_MS = 120_000;
/** How long a state that the server has not sent is shown at most. */
const UNCONFIRMED_MS = 300_000;
const LEAST_WAIT_MS = 1000;

/**
 * Follows the streams that the tabs of this user show.
 *
 * The leading tab connects, and passes on what it hears. A connection that ends, for whatever reason,
 * loses nothing: on the next one each stream's version is compared when it is followed.
 */
export function follow(page: Page, openSocket: (url: string) => WebSocket): Following {
  const { browser, store, streams, closed, post } = page;
  const tab = newId();
  const told = createTold(page);
  /** The streams that this tab shows to somebody. */
  let shown: readonly string[] = [];
  /** Those of the other tabs, and when they said so. */
  const others = new Map<string, { shows: readonly string[]; atMs: number }>();
  let wanted: ReadonlySet<string> = new Set();
  /** The streams of which the server tells, and the latest versions that are known. */
  let live: ReadonlySet<string> = new Set();
  const versions = new Map<string, number>();
  let current: Connection | undefined;
  /** Takes the place of `current` once it follows all streams. */
  let next: Connection | undefined;
  let failures = 0;
  let notBeforeMs = 0;
  /** The latest failure was that the API did not answer. */
  let wasUnreachable = false;
  /** When the API has answered last, by its own clock. */
  let reachedMs = 0;
  let isLeading = false;
  let hiddenMs = NaN;
  let saidMs = -Infinity;
  let updatedMs = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueMs = Infinity;

  const schedule = (ms = SETTLE_MS): void => {
    const atMs = performance.now() + ms;
    if (atMs >= dueMs || closed.aborted) return;
    dueMs = atMs;
    clearTimeout(timer);
    timer = setTimeout(update, ms);
    // In Node, the timer must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
  };
  const publish = (): void => {
    for (const stream of streams.values()) stream.publish();
  };
  const tellLive = (): void => {
    if (!page.isLeader) return;
    post({ push: { live: [...live].map((stream) => [stream, versions.get(stream) ?? 0]) } });
  };
  const setLive = (followed: ReadonlySet<string>): void => {
    live = new Set(followed);
    tellLive();
    publish();
  };
  /** Shows news, if this tab shows the stream, or fetches what is new. */
  const learn = (news: News): void => {
    const { stream, version } = news;
    const opened = streams.get(stream);
    versions.set(stream, Math.max(version, versions.get(stream) ?? 0));
    if (!opened?.slices) return;
    const known = page.select(store.getState() as object, stream).version;
    if (version <= known || told.advance(news)) opened.publish();
    else opened.refresh(version);
  };
  const open = (): Connection => {
    const opening = openConnection(page, openSocket, () => wanted, {
      onNews: (news, isHead) => {
        const { stream, version } = news;
        // A lower version than before is that of a stream that was made anew.
        if (isHead) versions.set(stream, version);
        learn(news);
        if (isHead && page.select(store.getState() as object, stream).version > version)
          streams.get(stream)?.refresh();
        if (!isHead) post({ push: { news } });
      },
      onFollowing: () => {
        if (opening === next) {
          current?.close();
          current = next;
          next = undefined;
        }
        setLive(opening.followed);
      },
      onEnd: (lasted, leastMs, isUnreachable) => {
        wasUnreachable = isUnreachable;
        failures = lasted ? 1 : failures + 1;
        const ms = Math.max(leastMs, LEAST_WAIT_MS, jitterMs(failures + 1, Math.random()));
        notBeforeMs = performance.now() + ms;
        schedule(ms);
        if (opening === next) next = undefined;
        if (opening !== current) return;
        current = undefined;
        setLive(new Set());
      },
    });
    return opening;
  };
  const leave = (): void => {
    failures = 0;
    if (!current && !next) return;
    current?.close();
    next?.close();
    current = next = undefined;
    setLive(new Set());
  };
  /** Connects, and follows what is wanted, if this tab leads. */
  const keep = (isDoubtful: boolean): void => {
    if (!wanted.size) {
      leave();
      return;
    }
    const { size = 0 } = current?.followed ?? {};
    for (const connection of [current, next]) connection?.follow(isDoubtful);
    if (current && current.followed.size < size) setLive(current.followed);
    const isDue = !current || current.renewMs <= Date.now();
    if (isDue && !next && performance.now() >= notBeforeMs) next = open();
  };
  const update = (): void => {
    dueMs = Infinity;
    if (closed.aborted) return;
    const nowMs = performance.now();
    const isHidden = browser.document?.visibilityState === 'hidden';
    hiddenMs = isHidden ? hiddenMs || nowMs : NaN;
    const isSeen = !(nowMs - hiddenMs >= LINGER_MS);
    const names = [...streams.values()].flatMap((stream) =>
      stream.slices && isSeen ? [stream.name] : [],
    );
    const isChanged = names.join() !== shown.join();
    shown = names;
    if (page.isLeader !== isLeading) {
      isLeading = page.isLeader;
      // What the former leader has told holds no more.
      if (isLeading) setLive(new Set());
      else leave();
    }
    if (!isLeading && (isChanged || nowMs - saidMs >= TICK_MS)) say();
    const state = store.getState() as object;
    const isHeld = names.some((name) => page.select(state, name).status === 'needsAuth');
    const mayConnect = isLeading && !page.isPaused && browser.isOnLine() && !isHeld;
    for (const [other, { atMs }] of others) if (nowMs - atMs > ABSENT_MS) others.delete(other);
    wanted = new Set(
      mayConnect ? [names, ...[...others.values()].map(({ shows }) => shows)].flat() : [],
    );
    keep(Math.abs(Date.now() - updatedMs) > ASLEEP_MS);
    updatedMs = Date.now();
    for (const [stream, version] of told.overdue(UNCONFIRMED_MS))
      streams.get(stream)?.refresh(version);
    const waitMs = notBeforeMs - performance.now();
    schedule(waitMs > 0 ? Math.min(waitMs, TICK_MS) : TICK_MS);
  };
  /** Tells the leader what this tab shows, and replaces one that does not answer. */
  const say = (): void => {
    saidMs = performance.now();
    const isAsking = shown.length && page.database.works();
    (isAsking ? page.ask : post)({ push: { tab, shows: shown } });
  };
  closed.addEventListener('abort', () => {
    clearTimeout(timer);
    current?.close();
    next?.close();
  });

  return {
    receive: ({ stream, isNew, push = {} }) => {
      const { tab: other, shows, live: theirs, news } = push;
      // A new leader does not know what this tab shows.
      if (isNew && stream === undefined && !page.isLeader) say();
      if (other !== undefined && shows) {
        others.set(other, { shows, atMs: performance.now() });
        tellLive();
      }
      if (theirs && !page.isLeader) {
        live = new Set(theirs.map(([name]) => name));
        for (const [name, version] of theirs) {
          versions.set(name, version);
          learn({ stream: name, version });
        }
        publish();
      }
      if (news) learn(news);
      schedule();
    },
    view: (stream, confirmed) => {
      const { serverMs = 0 } = confirmed ?? {};
      if (wasUnreachable && serverMs > reachedMs) notBeforeMs = 0;
      reachedMs = Math.max(reachedMs, serverMs);
      schedule();
      const isShown = !!streams.get(stream)?.slices;
      const latest = isShown ? told.latest(stream, confirmed) : confirmed;
      const { version = 0, state } = latest ?? {};
      return { version, state, isLive: live.has(stream) && (versions.get(stream) ?? 0) <= version };
    },
    changed: schedule,
  };
}
