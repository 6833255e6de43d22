import { UnexpectedAnswer } from '../network/unexpectedAnswer';

/** Somebody whom the dev server gives credentials. */
export interface User {
  readonly name: string;
  readonly tenant: string;
}

/** How the dev server tells callers apart, and whom it knows. */
export interface DevSession {
  readonly auth: 'NONE' | 'IAM' | 'JWT';
  readonly users: readonly User[];
}

const PATH = '/_roundtrip/session';
const NOT_FOUND = 404;

/**
 * Asks the dev server who may sign in; a server that does not know the question asks for no one.
 *
 * @throws UnexpectedAnswer when it answers with a fault.
 */
export async function readUsers(): Promise<readonly User[]> {
  const response = await fetch(PATH, { cache: 'no-store' });
  if (response.status === NOT_FOUND) return [];
  if (!response.ok) throw new UnexpectedAnswer(PATH, response.status, undefined);
  const { auth, users } = (await response.json()) as DevSession;
  return auth === 'NONE' ? [] : users;
}
