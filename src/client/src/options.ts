import type { Action } from 'redux';

/** The options of `createRoundtrip`. */
export interface RoundtripOptions {
  /** Base URL of the API. In a browser, `''` means the page's own origin. */
  readonly url: string;
  /** Name of the store on the server, such as `salesOrders`. */
  readonly store: string;
  /** Id of the stream: 1 to 128 of `A-Z a-z 0-9 . _ -`, but not `.` or `..`. */
  readonly id: string;
  /**
   * Where the stream's state is in the root state. A string: the server's whole state is at
   * `rootState[slices]`. An array: the server's state is an object with these keys, each at
   * `rootState[key]`. Default: `store`.
   */
  readonly slices?: string | readonly string[];
  /**
   * Which actions are sent to the server. Default: those of type `${slice}/${name}` for one of
   * `slices`. Actions of an async thunk, `${slice}/${name}/pending`, are not.
   */
  readonly actions?: readonly string[] | ((action: Action) => boolean);
  /** Returns headers for a request, such as credentials. Called for each request; an error fails it. */
  readonly headers?: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  /** Replaces `globalThis.fetch`, for example to sign requests. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The user's name. Each user of a browser has a separate outbox. Default: `''`. */
  readonly user?: string;
  /**
   * Maximum age of an unsent action, in ms; an older one is rejected. Default: 30 days; must be
   * less than 90 days.
   */
  readonly maxOfflineAgeMs?: number;
}

/** The checked options, with defaults filled in. */
export interface Settings {
  /** Key of the sync state in the Redux state. */
  readonly key: `roundtrip:${string}`;
  /** Identifies the stream in this browser: names its outbox, lock and channel. */
  readonly stream: string;
  /** The stream's URL, without a trailing slash. */
  readonly url: string;
  readonly slices: string | readonly string[];
  readonly owns: (action: Action) => boolean;
  readonly headers: NonNullable<RoundtripOptions['headers']>;
  readonly fetch: NonNullable<RoundtripOptions['fetch']>;
  readonly maxAgeMs: number;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 90;
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
const URL_START = /^(https?:\/\/.|\/|$)/;

/**
 * Checks the options and fills in defaults.
 *
 * @throws TypeError when an option is invalid.
 */
export function resolveOptions(options: RoundtripOptions): Settings {
  const { store, id, slices = store, actions, user = '', maxOfflineAgeMs = 30 * DAY_MS } = options;
  const check = (name: string, isValid: boolean, expected: string, received: unknown): void => {
    if (!isValid) {
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
    maxOfflineAgeMs > 0 && maxOfflineAgeMs < MAX_DAYS * DAY_MS,
    `more than 0 and less than ${MAX_DAYS} days in ms`,
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
