const FIRST_MS = 1000;

/** The longest wait between two attempts, in ms. */
export const MAX_BACKOFF_MS = 60_000;

/**
 * Returns a random wait before the next attempt, in ms.
 *
 * Full jitter keeps many clients from retrying at the same moment:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures - Number of earlier attempts that failed in a row.
 * @param random - A number from 0 to 1.
 */
export const jitterMs = (failures: number, random: number): number =>
  random * Math.min(MAX_BACKOFF_MS, FIRST_MS * 2 ** failures);

/** The longest accepted `Retry-After`, in ms: a timer beyond 2^31 ms fires at once. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * Parses `Retry-After`, https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, as ms from now.
 *
 * A date is compared with the `Date` of the same response, because the browser's clock may be wrong.
 * Without that header a date is ignored.
 */
export function retryAfterMs(header: string | null, date: string | null): number {
  if (header === null) return 0;
  const waitMs = /^\d+$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - Date.parse(date ?? '');
  return Math.max(0, Math.min(waitMs || 0, MAX_RETRY_AFTER_MS));
}
