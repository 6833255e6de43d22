import { UnexpectedAnswer } from '../network/unexpectedAnswer';

/** A user for whom the dev server issues credentials. */
export interface User {
  readonly name: string;
  readonly tenant: string;
}

/** The dev server's way to authenticate callers, and its users. */
export interface DevSession {
  readonly auth: 'NONE' | 'IAM' | 'JWT';
  readonly users: readonly User[];
}

const PATH = '/_roundtrip/session';
const NOT_FOUND = 404;

/**
 * Reads the dev server's users; empty if the API needs no credentials.
 *
 * @throws UnexpectedAnswer when the server answers with an error other than 404.
 */
export async function readUsers(): Promise<readonly User[]> {
  const response = await fetch(PATH, { cache: 'no-store' });
  if (response.status === NOT_FOUND) return [];
  if (!response.ok) throw new UnexpectedAnswer(PATH, response.status, undefined);
  const { auth, users } = (await response.json()) as DevSession;
  return auth === 'NONE' ? [] : users;
}
