import type { UnknownAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';
import { reducer } from '../src/slices';

const WORKOUTS = 'https://api.example.com/stores/workouts';
const STREAM = `${WORKOUTS}/w-1`;

/** A `fetch` that answers like the server: the workout w-1, protected by a token, on a network that can fail. */
export class Server {
  reachable = true;
  /** The applied actions, in order. */
  readonly log: UnknownAction[] = [];
  #state = reducer(undefined, { type: 'created' });

  readonly fetch = (url: string, init: RequestInit): Promise<Response> =>
    this.reachable
      ? Promise.resolve(this.#answer(url, init))
      : Promise.reject(new TypeError('Failed to fetch'));

  apply(action: UnknownAction): void {
    this.#state = reducer(this.#state, action);
    this.log.push(action);
  }

  #answer(url: string, init: RequestInit): Response {
    if (new Headers(init.headers).get('authorization') !== 'Bearer secret')
      return problem({
        type: '/problems/unauthenticated',
        title: 'The request has no identity',
        status: 401,
      });
    if (init.method !== 'POST' && url.startsWith(WORKOUTS))
      return url !== STREAM || this.log.length === 0
        ? problem({
            type: '/problems/stream-not-found',
            title: 'The stream does not exist',
            status: 404,
          })
        : Response.json(this.#head());
    if (url !== `${STREAM}/actions` || typeof init.body !== 'string')
      throw new Error(`expected a request for ${STREAM}, received ${init.method ?? 'GET'} ${url}`);
    const outcomes = (JSON.parse(init.body) as UnknownAction[]).map((action) =>
      this.#dispatch(action),
    );
    return Response.json({ ...this.#head(), outcomes });
  }

  #dispatch(action: UnknownAction) {
    try {
      this.apply(action);
      return { status: 'applied', version: this.log.length };
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      const { code, message: detail } = error;
      const title = 'A business rule refuses the action';
      return {
        status: 'rejected',
        problem: { type: '/problems/rejected', title, status: 422, code, detail },
      };
    }
  }

  #head() {
    return { store: 'workouts', id: 'w-1', version: this.log.length, state: this.#state };
  }
}

function problem(body: { type: string; title: string; status: number }): Response {
  return Response.json(body, {
    status: body.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}
