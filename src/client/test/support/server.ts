/**
 * A small model of the server, with versions, outcomes and receipts. Its only store is a notebook,
 * whose state is the list of added texts.
 *
 * Every answer has the `Date` of its clock, which a test may set.
 */

import { Sockets, type Event } from './sockets.js';

export interface Notebook {
  texts: string[];
}

interface Stream {
  version: number;
  state: Notebook | { $deleted: true };
  createdAt?: string;
  /** The texts at earlier versions that a patch may start at. */
  earlier?: ReadonlyMap<number, readonly string[]>;
}

interface Receipt {
  body: string;
  outcomes: unknown[];
}

export interface Asked {
  method: string;
  path: string;
  key: string | undefined;
  body: string | undefined;
  headers: Record<string, string>;
  /** A fault of the server keeps it from doing anything new. */
  isBroken?: true;
}

type Handler = (asked: Asked) => Response | Promise<Response>;

/** Handles one request in place of the network. */
export type Fault = (asked: Asked, server: Handler) => Response | Promise<Response>;

/** Changes the body of an answer that has a patch. */
const tampered =
  (change: (body: { since: number; changes: object[] }) => object): Fault =>
  async (asked, server) => {
    const response = await server(asked);
    const body = (await response.json()) as { since: number; changes?: object[] };
    const { changes } = body;
    return Response.json(changes ? { ...body, ...change({ ...body, changes }) } : body, response);
  };

export const FAULTS = {
  'request lost': () => Promise.reject(new TypeError('fetch failed')),
  'reply lost': async (asked, server) => {
    await server(asked);
    throw new TypeError('fetch failed');
  },
  'captive portal': () => new Response('<html>Welcome to our hotel</html>', { status: 200 }),
  'gateway without a server': () => new Response('Bad Gateway', { status: 502 }),
  'reply replaced by a gateway': async (asked, server) => {
    await server(asked);
    return new Response('Gateway Timeout', { status: 504 });
  },
  throttled: () => problem(429, 'throttled', { retryable: true }, { 'retry-after': '1' }),
  'unknown outcome': async (asked, server) => {
    await server(asked);
    return problem(503, 'outcome-unknown', { retryable: true }, { 'retry-after': '2' });
  },
  internal: (asked, server) => server({ ...asked, isBroken: true }),
  'patch of another version': tampered(({ since }) => ({ since: since - 1 })),
  'patch that does not apply': tampered(({ changes }) => ({
    changes: [...changes, { op: 'remove', path: '/texts/999' }],
  })),
  'patch of another stream': tampered(() => ({ createdAt: 'another time' })),
  'neither a state nor a patch': tampered(() => ({ since: undefined, changes: undefined })),
  'patch by other reducers': async (asked, server) => {
    const response = await server(asked);
    if (response.headers.has('etag')) response.headers.set('etag', '"1.ffffffff"');
    return response;
  },
} satisfies Record<string, Fault>;

export function problem(
  status: number,
  slug: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { type: `/problems/${slug}`, title: slug, status, detail: slug, instance: '/', ...more },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );
}

const internal = (): Response => problem(500, 'internal', { retryable: false });

export class ModelServer {
  readonly sockets = new Sockets(this);
  streams = new Map<string, Stream>();
  receipts = new Map<string, Receipt>();
  /** The requests that reached the server. */
  readonly asked: Asked[] = [];
  /** The faults of the next requests, one each; afterwards the network works. */
  readonly faults: Fault[] = [];
  /** The fault of every request; it takes precedence over `faults`. */
  always: Fault | undefined;
  maxActions = 100;
  /** How far the server's clock is ahead of this computer's, in ms. */
  aheadMs = 0;
  /** The answers to requests for a state, by path: what a service worker may keep. */
  readonly #kept = new Map<string, Response[]>();
  /** Which reducers run. */
  revision = '0a1b2c3d';
  /** Texts that the server rejects and the local reducer accepts. */
  readonly refused = new Set<string>();

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>;
    const asked: Asked = {
      method: init.method ?? 'GET',
      path: url,
      key: headers['idempotency-key'],
      body: init.body as string | undefined,
      headers,
    };
    const fault = this.always ?? this.faults.shift();
    const response = await (fault ? fault(asked, this.answer) : this.answer(asked));
    if (!response.headers.has('date')) response.headers.set('date', this.#now().toUTCString());
    return response;
  };

  /** Answers as a service worker does that keeps answers: with one of them. */
  readonly kept =
    (which: number): Fault =>
    (asked) => {
      const response = this.#kept.get(pathOf(asked))?.at(which);
      return response ? response.clone() : Promise.reject(new TypeError('fetch failed'));
    };

  readonly answer: Handler = async (asked) => {
    this.asked.push(asked);
    await Promise.resolve();
    const url = new URL(asked.path, 'http://server');
    if (/^(\/v\d+)?\/sockets$/.test(url.pathname)) return this.#ticket();
    const match = /^(?:\/v\d+)?\/stores\/notebook\/([^/]+)(\/actions)?$/.exec(url.pathname);
    if (!match) return problem(404, 'unknown-store');
    const id = match[1] ?? '';
    const since = Number(url.searchParams.get('since') ?? NaN);
    if (match[2]) return this.#post(id, asked, since);
    if (asked.isBroken) return internal();
    const response = this.#get(id, since);
    const tag = asked.headers['if-none-match'];
    if (tag && tag === response.headers.get('etag')) {
      return new Response(null, { status: 304, headers: { etag: tag } });
    }
    response.headers.set('date', this.#now().toUTCString());
    const path = pathOf(asked);
    this.#kept.set(path, [...(this.#kept.get(path) ?? []), response.clone()]);
    return response;
  };

  #ticket(): Response {
    return this.sockets.isOn
      ? Response.json(this.sockets.issue(), { status: 201 })
      : problem(404, 'push-off');
  }

  #now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }

  /** Returns the texts that a stream had at a version. */
  textsAt(id: string, version: number): readonly string[] | undefined {
    const stream = this.streams.get(id);
    return version === (stream?.version ?? 0) ? this.texts(id) : stream?.earlier?.get(version);
  }

  texts(id = 'n-1'): string[] {
    const state = this.streams.get(id)?.state;
    return state && 'texts' in state ? state.texts : [];
  }

  /** Deletes all data, like the restore of an empty database, which takes a moment. */
  reset(): void {
    this.aheadMs += 2000;
    this.streams = new Map();
    this.receipts = new Map();
  }

  /** Writes as another client. */
  write(text: string, id = 'n-1'): void {
    const { version, state } = this.#head(id);
    this.#put(id, version + 1, reduce(state as Notebook, text));
    this.sockets.poke(id, [{ type: 'notebook/added', payload: { text }, version: version + 1 }]);
  }

  #head(id: string): Stream {
    return this.streams.get(id) ?? { version: 0, state: { texts: [] } };
  }

  #put(id: string, version: number, state: Stream['state']): void {
    const before = this.streams.get(id);
    const { earlier } = before ?? {};
    const createdAt = before?.createdAt ?? this.#now().toISOString();
    const known = new Map(earlier);
    if (before && 'texts' in before.state) known.set(before.version, before.state.texts);
    this.streams.set(id, { version, state, createdAt, earlier: known });
  }

  /** Answers with what has changed since a version, or with the state. */
  #answer(
    id: string,
    since: number,
    more: object,
    { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ): Response {
    const { version, state, earlier } = this.#head(id);
    const before = since === version ? this.texts(id) : earlier?.get(since);
    const isPatch = before !== undefined && 'texts' in state;
    return Response.json(
      {
        store: 'notebook',
        id,
        version,
        ...(isPatch ? { since, changes: patchOf(before, state.texts) } : { state }),
        ...more,
      },
      { status, headers: { ...headers, etag: `"${version}.${this.revision}"` } },
    );
  }

  #get(id: string, since: number): Response {
    const stream = this.streams.get(id);
    if (!stream) return problem(404, 'stream-not-found');
    if ('$deleted' in stream.state)
      return problem(410, 'deleted', { currentVersion: stream.version });
    return this.#answer(id, since, { createdAt: stream.createdAt });
  }

  #post(id: string, asked: Asked, since: number): Response {
    const { key = '', body = '', headers } = asked;
    const actions = JSON.parse(body) as { type: string; payload?: { text: unknown } }[];
    if (actions.length > this.maxActions) return problem(413, 'too-large');
    const wrongTypes = indexes(actions, ({ type }) => !/^notebook\/(added|torn)$/.test(type));
    if (wrongTypes.length) return problem(422, 'unknown-action-type', { errors: wrongTypes });
    const wrong = indexes(
      actions,
      ({ type, payload }) => type === 'notebook/added' && typeof payload?.text !== 'string',
    );
    if (wrong.length) return problem(422, 'invalid-payload', { errors: wrong });
    const receipt = this.receipts.get(key);
    const head = this.#head(id);
    if (receipt) {
      if (receipt.body !== body) return problem(422, 'key-reused');
      return this.#answer(
        id,
        NaN,
        { outcomes: receipt.outcomes },
        { headers: { 'idempotent-replayed': 'true' } },
      );
    }
    if (asked.isBroken) return internal();
    if ('$deleted' in head.state) return problem(410, 'deleted', { currentVersion: head.version });
    let version = head.version;
    let state: Stream['state'] = head.state;
    const events: Event[] = [];
    const outcomes = actions.map(({ type, payload }) => {
      if (type === 'notebook/torn') {
        state = { $deleted: true };
      } else {
        const text = payload?.text as string;
        if (this.refused.has(text)) {
          return {
            status: 'rejected',
            problem: {
              type: '/problems/rejected',
              title: 'rejected',
              status: 422,
              code: 'refused',
            },
          };
        }
        state = reduce(state as Notebook, text);
      }
      version += 1;
      events.push({ type, payload, version });
      return { status: 'applied', version };
    });
    if (version === head.version) return problem(422, 'rejected', { code: 'refused', outcomes });
    this.#put(id, version, state);
    this.receipts.set(key, { body, outcomes });
    this.sockets.poke(id, events);
    const from = headers['prefer'] === 'return=changes' ? since : NaN;
    return this.#answer(id, from, { outcomes }, { status: head.version ? 200 : 201 });
  }
}

/** Returns a patch that removes texts by their indexes and appends others. */
function patchOf(before: readonly string[], after: readonly string[]): object[] {
  const end = before.findIndex((text, index) => text !== after[index]);
  const kept = end < 0 ? before.length : end;
  return [
    ...before
      .slice(kept)
      .map((_, index) => ({ op: 'remove', path: `/texts/${before.length - 1 - index}` })),
    ...after.slice(kept).map((value) => ({ op: 'add', path: '/texts/-', value })),
  ];
}

const pathOf = ({ path }: Asked): string => path.split('?', 1)[0] ?? '';

function reduce({ texts }: Notebook, text: string): Notebook {
  return { texts: [...texts, text] };
}

function indexes<T>(values: T[], is: (value: T) => boolean): { index: number; code: string }[] {
  return values.flatMap((value, index) => (is(value) ? [{ index, code: 'wrong' }] : []));
}
