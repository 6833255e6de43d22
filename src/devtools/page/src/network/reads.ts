import { APPS, type Stream } from '../stores/apps';
import type { Json } from '../stores/json';
import type { Network } from './network';

/** An event as `GET /stores/{store}/{id}/events` shows it. */
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
  /** The version after which the next page begins; `null` on the last one. */
  readonly next: number | null;
}

/** Most events that one request may ask for, by the server's contract. */
export const EVENT_PAGE_LIMIT = 1000;

/** The server answered, but not with what was asked for. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(path: string, status: number, title: string | undefined) {
    super(
      `${path}: expected an answer with status 200, received ${status}${title ? `, ${title}` : ''}.`,
    );
    this.status = status;
  }
}

async function readJson(network: Network, path: string, signal?: AbortSignal): Promise<unknown> {
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

/** Where a stream is on the server. An id has no character that a URL would have to escape. */
export const streamPath = ({ app, id }: Stream): string => `/stores/${APPS[app].store}/${id}`;

/** A page of a stream's history, oldest first; empty for a stream that is not there yet. */
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

/** The state as it was at a version. */
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
    // The version at which the stream ended has no state to show but this.
    if (error instanceof UnexpectedAnswer && error.status === 410) return { $deleted: true };
    throw error;
  }
}

export interface OrderSummary {
  readonly id: string;
  readonly customer: string;
  readonly currency: string;
  readonly status: string;
  readonly totalCents: number;
}

export interface WorkoutSummary {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string;
}

const RECENT = 10;

export async function readRecentOrders(
  network: Network,
  signal: AbortSignal,
): Promise<readonly OrderSummary[]> {
  const answer = await readJson(network, `/sales-orders?limit=${RECENT}`, signal);
  return (answer as { items: OrderSummary[] }).items;
}

export async function readRecentWorkouts(
  network: Network,
  signal: AbortSignal,
): Promise<readonly WorkoutSummary[]> {
  const answer = await readJson(network, `/stores/workouts?limit=${RECENT}`, signal);
  return (answer as { items: WorkoutSummary[] }).items;
}
