import { readApi, type Api } from './api/openapi';
import type { Json } from './json';
import { readUsers } from './user/users';
import { UnexpectedAnswer } from './network/unexpectedAnswer';
import { SignIn, type Storages } from './user/signIn';

export interface Started {
  readonly api: Api;
  readonly signIn: SignIn;
}

const PATH = '/openapi.json';

/**
 * Reads the API's description and the users from the server.
 *
 * The requests bypass the page's network switch: like the page's own files, they are needed to start.
 *
 * @throws Error when the server does not answer as expected.
 */
export async function start(storages: Storages): Promise<Started> {
  const signIn = new SignIn(await readUsers(), storages);
  const authorization = await signIn.caller().credentials?.authorization();
  const response = await fetch(PATH, {
    cache: 'no-cache',
    headers: authorization === undefined ? {} : { authorization },
  });
  if (!response.ok) throw new UnexpectedAnswer(PATH, response.status, undefined);
  return { api: readApi((await response.json()) as Json), signIn };
}
