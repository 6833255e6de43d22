import { readApi, type Api } from './api/openapi';
import type { Json } from './json';
import { readUsers } from './user/session';
import { UnexpectedAnswer } from './network/unexpectedAnswer';
import { SignIn, type Storages } from './user/signIn';

export interface Started {
  readonly api: Api;
  readonly signIn: SignIn;
}

const PATH = '/openapi.json';

/**
 * Reads what the page is about.
 *
 * Not through the network that can be switched off: like the page's own files, it is there or there
 * is no page.
 *
 * @throws Error when the server does not say.
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
