import type { News, PushedEvent } from './connection.js';
import type { Page } from './page.js';
import type { Confirmed } from './queue.js';
import { pick, type Root, type State } from './reducer.js';
import type { Slices } from './state.js';

/**
 * States that the server has not sent: its own, and the events that it has told since.
 *
 * They are for display. Reducers here may differ from the server's, so none is stored, or taken as the
 * base of a patch, and the server's own state replaces it sooner or later.
 */
export interface Told {
  /** Applies events, if they follow what is shown; tells whether it is up to date then. */
  advance(news: News): boolean;
  /** Returns the state to show, given the one that the server has confirmed. */
  latest(
    stream: string,
    confirmed: Confirmed | undefined,
  ): Pick<Confirmed, 'version' | 'state'> | undefined;
  /** Returns streams that the server has not confirmed for so long, and their versions. */
  overdue(ms: number): [string, number][];
}

interface Entry {
  readonly version: number;
  readonly state: unknown;
  /** The version that the server has confirmed; a lower one is that of another stream. */
  least: number;
  /** When the stream was created. */
  createdAt: unknown;
  /** Since when the server has not confirmed it, by the monotonic clock. */
  sinceMs: number;
}

export function createTold({ store, start, select }: Page): Told {
  const entries = new Map<string, Entry>();
  return {
    advance: ({ stream, version, since = version, events = [] }) => {
      const root = store.getState() as State;
      const { slices, confirmed, pending, version: shown } = select(root, stream);
      const next = events.filter((event) => event.version > shown);
      const isNext = since <= shown && next.length === version - shown;
      // The pending actions may be among the events; what is shown has them already.
      if (!isNext || !start.root || !slices || confirmed === undefined || pending.length)
        return false;
      const state = reduce(start.root, root, slices, confirmed, next);
      if (state === undefined) return false;
      const fresh = { least: shown, createdAt: undefined, sinceMs: performance.now() };
      entries.set(stream, { ...fresh, ...entries.get(stream), version, state });
      return true;
    },
    latest: (stream, confirmed) => {
      const entry = entries.get(stream);
      if (!entry) return confirmed;
      const { version = 0, createdAt } = confirmed ?? {};
      entry.createdAt ??= createdAt;
      if (
        version < entry.version &&
        version >= entry.least &&
        (entry.createdAt === createdAt || createdAt === undefined)
      ) {
        entry.least = version;
        return entry;
      }
      entries.delete(stream);
      return confirmed;
    },
    overdue: (ms) =>
      [...entries].flatMap(([stream, entry]) => {
        if (performance.now() - entry.sinceMs < ms) return [];
        entry.sinceMs = performance.now();
        return [[stream, entry.version]];
      }),
  };
}

/**
 * Reduces events of a stream.
 *
 * @returns `undefined` when the reducers here refuse one of them, or do not know it.
 */
function reduce(
  root: Root,
  { roundtrip: _own, ...others }: State,
  slices: Slices,
  confirmed: unknown,
  events: readonly PushedEvent[],
): unknown {
  const keys = [slices].flat();
  const known = typeof slices === 'string' ? { [slices]: confirmed } : (confirmed as object);
  let next: State = { ...others, ...pick(slices, known) };
  try {
    for (const { type, payload, error, meta } of events) {
      const action = {
        type,
        ...(payload !== undefined && { payload }),
        ...(error !== undefined && { error }),
        ...(meta !== undefined && { meta }),
      };
      const after = root(next, action) as State;
      if (keys.every((key) => after[key] === next[key])) return undefined;
      next = after;
    }
  } catch {
    return undefined;
  }
  return typeof slices === 'string' ? next[slices] : { ...known, ...pick(slices, next) };
}
