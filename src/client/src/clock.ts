/** The server's time, as far as this page knows it; the browser's clock may be wrong. */
export interface Clock {
  /** The server's time, in ms since the epoch; by the browser's clock until it is known. */
  nowMs(): number;
  /** The time now by the clock that is behind; for ages that nothing is refused for too early. */
  leastMs(): number;
  /** The server has told the time, and the browser's clock has only ticked since. */
  known(): boolean;
  /** Sets the clock by the `Date` of an answer; NaN, if it has none, leaves the browser's time. */
  learn(dateMs: number): void;
}

/** A clock that differs more from `performance.now()` was set, or the computer has slept. */
const TOLERANCE_MS = 60_000;

export function createClock(): Clock {
  const startMs = Date.now() - performance.now();
  /** What the browser's clock lacks. */
  let behindMs = 0;
  let setMs = NaN;
  const zeroMs = (): number => Date.now() - performance.now();
  const known = (): boolean => Math.abs(zeroMs() - setMs) < TOLERANCE_MS;
  const steadyMs = (): number => startMs + performance.now();
  const nowMs = (): number => {
    const ms = Date.now() + behindMs;
    return known() ? ms : Math.max(ms, steadyMs());
  };
  return {
    nowMs,
    leastMs: () => Math.min(nowMs(), steadyMs()),
    known,
    learn: (dateMs) => {
      if (dateMs) behindMs = dateMs - Date.now();
      setMs = zeroMs();
    },
  };
}
