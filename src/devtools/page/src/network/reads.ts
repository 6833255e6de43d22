import type { Json } from '../json';
import type { Stream } from '../session/stream';
import type { Network } from './network';
import { UnexpectedAnswer } from './unexpectedAnswer';

/** An event, as returned by `GET /stores/{store}/{id}/events`. */
export interface StreamEvent {
  readonly type: string;
  readonly payload?: Json;
  readonly meta?: Json;
  readonly error?: Json;
  readonly version: number;
  readonly recordedAt: string;
  readonly actor: string | null;
}

export interface EventPage {
  readonly events: readonly StreamEvent[];
  /** The value of `after` for the next page; `null` on the last page. */
  readonly next: number | null;
}

/** Maximum number of events in one request; the server's limit. */
export const EVENT_PAGE_LIMIT = 1000;

/**
 * Reads JSON from the API.
 *
 * @throws UnexpectedAnswer when the response is an error.
 */
export async function readJson(
  network: Network,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const response = await network.fetch(path, signal ? { signal } : {});
  if (response.ok) return response.json();
  const problem: unknown = response.headers.get('content-type')?.includes('json')
    ? await response.json()
    : undefined;
  const title =
    typeof problem === 'object' && problem !== null && 'title' in problem
      ? String(problem.title)
      : undefined;
  throw new UnexpectedAnswer(path, response.status, title);
}

/** Returns a stream's path on the server. Ids need no escaping in a URL. */
export const streamPath = ({ store, id }: Stream): string => `/stores/${store}/${id}`;

/** Reads a page of a stream's history, oldest first; empty if the stream does not exist. */
export async function readEvents(
  network: Network,
  stream: Stream,
  { after, limit }: { after: number; limit: number },
): Promise<EventPage> {
  try {
    return (await readJson(
      network,
      `${streamPath(stream)}/events?after=${after}&limit=${limit}`,
    )) as EventPage;
  } catch (error) {
    if (error instanceof UnexpectedAnswer && error.status === 404)
      return { events: [], next: null };
    throw error;
  }
}

/** Reads the state at a version. */
export async function readStateAt(
  network: Network,
  stream: Stream,
  version: number,
  signal: AbortSignal,
): Promise<Json> {
  try {
    const answer = await readJson(network, `${streamPath(stream)}?version=${version}`, signal);
    return (answer as { state: Json }).state;
  } catch (error) {
    // The server answers 410 for the version that deleted the stream.
    if (error instanceof UnexpectedAnswer && error.status === 410) return { $deleted: true };
    throw error;
  }
}

/** A stream, as listed by `GET /stores/{store}`. */
export interface StreamSummary {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string;
}

export interface StreamPage {
  readonly items: readonly StreamSummary[];
  /** The cursor of the next page; `null` on the last page. */
  readonly next: string | null;
}

const STREAMS = 10;

/** Reads a page of a store's streams, newest first. Without a cursor, the first page. */
export async function readStreams(
  network: Network,
  store: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<StreamPage> {
  const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const path = `/stores/${store}?limit=${STREAMS}${from}`;
  return (await readJson(network, path, signal)) as StreamPage;
}
