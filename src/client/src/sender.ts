import { setback, type Reply, type Setback } from './answers.js';
import { retryAfterMs } from './backoff.js';
import type { Settings } from './options.js';
import { unreachable } from './problems.js';

/** Longer than the 30 s after which API Gateway gives up. */
const TIMEOUT_MS = 35_000;

/** Sends a request to the stream. Never rejects: what goes wrong is a setback. */
export type Send = (
  path: '' | '/actions',
  own: Readonly<Record<string, string>>,
  body?: string,
) => Promise<Reply | Setback>;

/** @param closed - Gives up what is on its way. */
export function createSender({ url, headers, fetch }: Settings, closed: AbortSignal): Send {
  return async (path, own, body) => {
    const controller = new AbortController();
    const { signal } = controller;
    const abort = (): void => {
      controller.abort(new Error(`No answer came within ${TIMEOUT_MS} ms.`));
    };
    const timer = setTimeout(abort, TIMEOUT_MS);
    closed.addEventListener('abort', abort, { signal });
    const ask = async (): Promise<Reply> => {
      const credentials = await headers();
      const response = await fetch(url + path, {
        headers: { ...credentials, ...own },
        // Followed, a POST may become a GET, and a sign-in page an answer.
        redirect: 'error',
        cache: 'no-store',
        signal,
        ...(body !== undefined && { method: 'POST', body }),
      });
      const get = (name: string): string | null => response.headers.get(name);
      return {
        status: response.status,
        // What is no JSON is the page of a hotel, or a proxy's complaint: not the server's answer.
        body: await response.json().catch(() => undefined),
        retryAfterMs: retryAfterMs(get('retry-after'), get('date')),
      };
    };
    const aborted = new Promise<never>((_, reject) => {
      signal.onabort = () => {
        reject(signal.reason as Error);
      };
    });
    try {
      // Not only by the signal: what replaces fetch, or gives the headers, may not know of it.
      return await Promise.race([ask(), aborted]);
    } catch (error) {
      return setback('offline', unreachable(error));
    } finally {
      clearTimeout(timer);
      // Ends what still runs or listens.
      abort();
    }
  };
}
