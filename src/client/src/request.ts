import { retryAfterMs } from './backoff.js';
import type { Settings } from './options.js';
import { unreachable } from './problems.js';
import { failure, type Failure, type Reply } from './responses.js';

/** Longer than the 30 s after which API Gateway gives up. */
const TIMEOUT_MS = 35_000;

/**
 * Sends one HTTP request to the stream. Never rejects: an error becomes a failure.
 *
 * `path` and `own` follow the stream's URL and the application's headers.
 */
export type Send = (
  path: string,
  own: Readonly<Record<string, string>>,
  body?: string,
) => Promise<Reply | Failure>;

/**
 * @param url - The stream's.
 * @param closed - Aborts requests in flight.
 */
export function createSend(
  { headers, fetch }: Pick<Settings, 'headers' | 'fetch'>,
  url: string,
  closed: AbortSignal,
): Send {
  return async (path, own, body) => {
    const controller = new AbortController();
    const { signal } = controller;
    const abort = (): void => {
      controller.abort(new Error(`No response within ${TIMEOUT_MS} ms.`));
    };
    const timer = setTimeout(abort, TIMEOUT_MS);
    closed.addEventListener('abort', abort, { signal });
    const exchange = async (): Promise<Reply> => {
      const credentials = await headers();
      const response = await fetch(url + path, {
        headers: { ...credentials, ...own },
        // A followed redirect may turn a POST into a GET, and a sign-in page into a success.
        redirect: 'error',
        cache: 'no-store',
        signal,
        ...(body !== undefined && { method: 'POST', body }),
      });
      const get = (name: string): string | null => response.headers.get(name);
      return {
        status: response.status,
        // A body that is not JSON comes from a captive portal or a proxy, not from the server.
        body: await response.json().catch(() => undefined),
        retryAfterMs: retryAfterMs(get('retry-after'), get('date')),
        etag: get('etag') ?? undefined,
        dateMs: Date.parse(get('date') ?? ''),
      };
    };
    const aborted = new Promise<never>((_, reject) => {
      signal.onabort = () => {
        reject(signal.reason as Error);
      };
    });
    try {
      // The race, because the application's `fetch` and `headers` may ignore the signal.
      return await Promise.race([exchange(), aborted]);
    } catch (error) {
      return failure('offline', unreachable(error));
    } finally {
      clearTimeout(timer);
      // Stops what still runs and removes the listener.
      abort();
    }
  };
}
