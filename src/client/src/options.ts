import type { Action } from 'redux';
import type { Push } from './page.js';
import type { Slices, SyncedAction } from './state.js';

/** How the Redux store and a store of the server belong together. */
export interface StoreOptions {
  /**
   * Where a stream's state is in the root state, and the first part of its actions' types. A string:
   * the server's whole state is at `rootState[slices]`. An array: the server's state is an object with
   * these keys, each at `rootState[key]`. Default: the store's name.
   */
  readonly slices?: Slices;
  /**
   * Which actions are sent to the server. Default: those of type `${slice}/${name}` for one of
   * `slices`. Actions of an async thunk, `${slice}/${name}/pending`, are not.
   */
  readonly actions?: readonly string[] | ((action: Action) => boolean);
  /**
   * Returns one action in place of two that follow each other, the first of which is not sent yet;
   * `undefined` if both are needed.
   */
  readonly squash?: (previous: SyncedAction, next: SyncedAction) => SyncedAction | undefined;
  /** Number of the state's shape. Change it when this browser's reducers expect another. Default: 0. */
  readonly shape?: number;
  /**
   * Converts a state of an earlier shape that this browser has kept. Without it, such a state is
   * dropped and fetched again. Actions that wait are kept in any case.
   */
  readonly upgrade?: (state: unknown, shape: number) => unknown;
}

/** The options of `createRoundtrip`. */
export interface RoundtripOptions<Name extends string = string> {
  /** Base URL of the API. In a browser, `''` means the page's own origin. */
  readonly url: string;
  /** The stores of the server that this application uses, by name, such as `salesOrders`. */
  readonly stores: Readonly<Record<Name, StoreOptions>>;
  /** Returns headers for a request, such as credentials. Called for each request; an error fails it. */
  readonly headers?: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  /** Replaces `globalThis.fetch`, for example to sign requests. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The user's name. Each user of a browser has separate outboxes. Default: `''`. */
  readonly user?: string;
  /** Separates the applications of one origin. Default: `'roundtrip'`. */
  readonly database?: string;
  /**
   * Maximum age of an unsent action, in ms; an older one is rejected. Default: 30 days; must be
   * less than 90 days.
   */
  readonly maxOfflineAgeMs?: number;
  /** How long an action may wait for others to be sent with it, in ms. Default: 0. */
  readonly sendAfterMs?: number;
  /**
   * Time between fetches of the open streams while the page is visible, in ms; those that are live are
   * left out. Default: 0, never; a minute with `push`.
   */
  readonly pollMs?: number;
  /** Learns of changes as they happen: `push()` of `@roundtrip/client/push`. */
  readonly push?: Push;
}

/** The options of `open`. */
export interface OpenOptions<Name extends string = string> {
  readonly store: Name;
  /** Id of the stream: 1 to 128 of `A-Z a-z 0-9 . _ -`, but not `.` or `..`. */
  readonly id: string;
  /** Key of the root state that shows the server's whole state. Default: the store's `slices`. */
  readonly at?: string;
}

/** The checked options of a store. */
export interface Rule extends Pick<StoreOptions, 'squash' | 'upgrade'> {
  readonly slices: Slices;
  readonly shape: number;
  readonly owns: (action: Action) => boolean;
}

/** The checked options, with defaults filled in. */
export interface Settings {
  /** Without a trailing slash. */
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly headers: NonNullable<RoundtripOptions['headers']>;
  readonly fetch: NonNullable<RoundtripOptions['fetch']>;
  readonly maxAgeMs: number;
  readonly sendAfterMs: number;
  readonly pollMs: number;
  readonly push: Push | undefined;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 90;
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
const URL_START = /^(https?:\/\/.|\/|$)/;

const isText = (value: unknown): value is string => typeof value === 'string';
const isName = (value: unknown): boolean => isText(value) && ID.test(value);

function check(name: string, isValid: boolean, expected: string, received: unknown): void {
  if (!isValid) {
    throw new TypeError(`${name}: expected ${expected}; received ${JSON.stringify(received)}.`);
  }
}

/** Checks the options of a store and fills in defaults. */
function ruleOf(store: string, options: StoreOptions): Rule {
  const { slices = store, actions, shape = 0 } = options;
  const names = [slices].flat();
  check('store', isName(store), 'the name of a store', store);
  check('slices', names.length > 0 && names.every(Boolean), 'keys of the state', slices);
  return {
    ...options,
    slices,
    shape,
    owns:
      typeof actions === 'function'
        ? actions
        : actions
          ? ({ type }) => actions.includes(type)
          : ({ type }) =>
              names.includes(type.split('/', 1)[0] ?? '') && /^[^/]+\/[^/]+$/.test(type),
  };
}

/**
 * Checks the options and fills in defaults.
 *
 * @throws TypeError when an option is invalid.
 */
export function resolveOptions(options: RoundtripOptions): Settings {
  const { url, stores, user = '', database = 'roundtrip', maxOfflineAgeMs = 30 * DAY_MS } = options;
  const { headers = () => ({}), sendAfterMs = 0, push, pollMs = push ? 60_000 : 0 } = options;
  const rules = new Map(
    Object.entries(Object(stores) as typeof stores).map(([name, store]) => [
      name,
      ruleOf(name, store),
    ]),
  );
  check('url', isText(url) && URL_START.test(url), 'http(s)://... or a path', url);
  check('stores', rules.size > 0, 'options by the name of a store', stores);
  check(
    'maxOfflineAgeMs',
    maxOfflineAgeMs > 0 && maxOfflineAgeMs < MAX_DAYS * DAY_MS,
    `more than 0 and less than ${MAX_DAYS} days in ms`,
    maxOfflineAgeMs,
  );
  for (const [name, ms] of Object.entries({ sendAfterMs, pollMs })) {
    check(name, ms >= 0 && ms < DAY_MS, '0 or more and less than a day in ms', ms);
  }
  return {
    url: url.replace(/\/+$/, ''),
    user,
    database,
    rules,
    headers,
    fetch: options.fetch ?? ((to, init) => globalThis.fetch(to, init)),
    maxAgeMs: maxOfflineAgeMs,
    sendAfterMs,
    pollMs,
    push,
  };
}

/**
 * Returns where a stream is to be shown.
 *
 * @throws TypeError when an option is invalid.
 */
export function slicesOf({ store, id, at }: OpenOptions, rules: Settings['rules']): Slices {
  const rule = rules.get(store);
  check('store', !!rule, `one of ${[...rules.keys()].join()}`, store);
  check('id', isName(id), '1 to 128 of A-Z a-z 0-9 . _ -', id);
  return at ?? rule?.slices ?? store;
}
