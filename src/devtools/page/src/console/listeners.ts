import { UnexpectedAnswer } from '../network/unexpectedAnswer';

/** A call of a listener. */
export interface Call {
  readonly number: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly listener: string;
  readonly store: string;
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly durationMs: number;
  /** Why it failed; `null` if it did not. */
  readonly error: string | null;
  readonly printed: string;
  readonly dispatched: readonly Dispatched[];
  /** The keys of what it did once, in this call. */
  readonly once: readonly string[];
}

export interface Dispatched {
  readonly store: string;
  readonly id: string;
  readonly type: string;
  /** The code with which a rule refused it; `null` if none did. */
  readonly refused: string | null;
}

/** A message of the listeners' queue: the events of a commit. */
export interface Message {
  readonly number: number;
  readonly store: string;
  readonly id: string;
  readonly version: number;
  readonly attempts: number;
  readonly error: string | null;
}

/** The listeners of the application, and their queue. */
export interface Heard {
  readonly listeners: readonly string[];
  readonly waiting: readonly Message[];
  readonly dead: readonly Message[];
  /** Newest first. */
  readonly calls: readonly Call[];
}

const PATH = '/_roundtrip/listeners';
const NOT_FOUND = 404;

/**
 * Reads what the listeners do; `undefined` if the server follows no commits.
 *
 * @throws UnexpectedAnswer when the server answers with an error other than 404.
 */
export async function readHeard(signal: AbortSignal): Promise<Heard | undefined> {
  const response = await fetch(PATH, { cache: 'no-store', signal });
  if (response.status === NOT_FOUND) return undefined;
  if (!response.ok) throw new UnexpectedAnswer(PATH, response.status, undefined);
  return ((await response.json()) as Heard | null) ?? undefined;
}

/** Sends the dead letters again. */
export async function redrive(): Promise<void> {
  const path = `${PATH}/redrive`;
  const response = await fetch(path, { method: 'POST' });
  if (!response.ok) throw new UnexpectedAnswer(path, response.status, undefined);
}
