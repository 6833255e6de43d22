const FIRST_MS = 1000;

/** The longest wait between two tries, in ms. */
export const MOST_MS = 60_000;

/**
 * Draws the wait before the next try, in ms: full jitter, so that many clients do not come at once.
 *
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures - How many tries failed in a row, before this one.
 * @param random - In 0..1.
 */
export const jitterMs = (failures: number, random: number): number =>
  random * Math.min(MOST_MS, FIRST_MS * 2 ** failures);

/** A server cannot ask for more, in ms: a timer beyond 2^31 ms fires at once. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * Reads `Retry-After`, https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, as ms from now.
 *
 * A date is taken against the `Date` of the same answer, never against this browser's clock, which
 * may be wrong. Without one it says nothing.
 */
export function retryAfterMs(header: string | null, date: string | null): number {
  if (header === null) return 0;
  const waitMs = /^\d+$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - Date.parse(date ?? '');
  return Math.max(0, Math.min(waitMs || 0, LONGEST_RETRY_AFTER_MS));
}
