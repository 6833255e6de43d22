import type { Action } from 'redux';

/** What `createRoundtrip` takes. */
export interface RoundtripOptions {
  /** Base URL of the API. In a browser `''` means this page's origin. */
  readonly url: string;
  /** Name of the store on the server, such as `salesOrders`. */
  readonly store: string;
  /** Id of the stream: 1 to 128 of `A-Z a-z 0-9 . _ -`, but not `.` or `..`. */
  readonly id: string;
  /**
   * Where the stream's state stands in the root state. A string: the server's whole state stands at
   * `rootState[slices]`. An array: the server's state is an object with these keys, each standing at
   * `rootState[key]`. Default: `store`.
   */
  readonly slices?: string | readonly string[];
  /**
   * Which actions go to the server. Default: those whose type is `${slice}/${name}` for one of
   * `slices`. Those of an async thunk, `${slice}/${name}/pending`, are not.
   */
  readonly actions?: readonly string[] | ((action: Action) => boolean);
  /** Headers of each request, asked for anew every time: credentials. A failure counts as one of the request. */
  readonly headers?: () =>
    Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Used in place of `globalThis.fetch`: to sign requests, or as a network switch. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Whose outbox this is. Another user of the same browser has another one. Default: `''`. */
  readonly user?: string;
  /**
   * What waited longer, in ms, without being sent once, is rejected. Default: 30 days; less than 90.
   */
  readonly maxOfflineAgeMs?: number;
}

/** The options, completed and checked. */
export interface Settings {
  /** Where the sync state stands in the Redux state. */
  readonly key: `roundtrip:${string}`;
  /** Names the stream among all in this browser: of its outbox, its lock and its channel. */
  readonly stream: string;
  /** Of the stream, without a slash at its end. */
  readonly url: string;
  readonly slices: string | readonly string[];
  readonly owns: (action: Action) => boolean;
  readonly headers: NonNullable<RoundtripOptions['headers']>;
  readonly fetch: NonNullable<RoundtripOptions['fetch']>;
  readonly maxAgeMs: number;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 90;
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
const URL_START = /^(https?:\/\/.|\/|$)/;

/**
 * Completes the options.
 *
 * @throws TypeError when one of them cannot be right.
 */
export function settle(options: RoundtripOptions): Settings {
  const { store, id, slices = store, actions, user = '', maxOfflineAgeMs = 30 * DAY_MS } = options;
  const check = (name: string, isRight: boolean, expected: string, received: unknown): void => {
    if (!isRight) {
      throw new TypeError(`${name}: expected ${expected}; received ${JSON.stringify(received)}.`);
    }
  };
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isName = (value: string): boolean => isText(value) && ID.test(value);
  check('id', isName(id), '1 to 128 of A-Z a-z 0-9 . _ -', id);
  check('store', isName(store), 'the name of a store', store);
  check('slices', [slices].flat().every(Boolean) && slices.length > 0, 'keys of the state', slices);
  check(
    'url',
    isText(options.url) && URL_START.test(options.url),
    'http(s)://... or a path',
    options.url,
  );
  check(
    'maxOfflineAgeMs',
    maxOfflineAgeMs > 0 && maxOfflineAgeMs < MOST_DAYS * DAY_MS,
    `more than 0 and less than ${MOST_DAYS} days`,
    maxOfflineAgeMs,
  );
  const base = options.url.replace(/\/+$/, '');
  const path = `${store}/${id}`;
  const names = [slices].flat();
  return {
    key: `roundtrip:${path}`,
    stream: `roundtrip:${JSON.stringify([user, base, path])}`,
    url: `${base}/stores/${path}`,
    slices,
    owns:
      typeof actions === 'function'
        ? actions
        : actions
          ? ({ type }) => actions.includes(type)
          : ({ type }) =>
              names.includes(type.split('/', 1)[0] ?? '') && /^[^/]+\/[^/]+$/.test(type),
    headers: options.headers ?? (() => ({})),
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    maxAgeMs: maxOfflineAgeMs,
  };
}
