import { UnexpectedAnswer } from '../network/unexpectedAnswer';
import type { User } from './users';

interface Token {
  readonly token?: string;
  readonly authorization?: string;
  readonly expiresInS?: number;
}

const PATH = '/_roundtrip/tokens';
/** How long before its expiry a token is renewed, in s: requests take some time. */
const MARGIN_S = 60;

/** A user's credentials, fetched from the dev server when they are first needed. */
export class Credentials {
  readonly #user: User;
  readonly #fetch: typeof fetch;
  #authorization: Promise<string> | undefined;
  #endsAtMs = Infinity;

  constructor(user: User, fetchToken: typeof fetch = (input, init) => fetch(input, init)) {
    this.#user = user;
    this.#fetch = fetchToken;
  }

  /**
   * Returns the value of the `Authorization` header.
   *
   * @throws UnexpectedAnswer when the dev server issues none.
   */
  authorization(): Promise<string> {
    if (Date.now() >= this.#endsAtMs) this.forget();
    this.#authorization ??= this.#request().catch((error: unknown) => {
      this.forget();
      throw error;
    });
    return this.#authorization;
  }

  /** Discards credentials that the API refused; the next request fetches new ones. */
  forget(): void {
    this.#authorization = undefined;
    this.#endsAtMs = Infinity;
  }

  async #request(): Promise<string> {
    const response = await this.#fetch(PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: this.#user.name }),
    });
    if (!response.ok) throw new UnexpectedAnswer(PATH, response.status, undefined);
    const { token, authorization, expiresInS } = (await response.json()) as Token;
    if (expiresInS !== undefined) this.#endsAtMs = Date.now() + (expiresInS - MARGIN_S) * 1000;
    return authorization ?? `Bearer ${token ?? ''}`;
  }
}
