import { useEffect, useState } from 'react';
import { useNetwork, useNetworkIsOn } from './useNetwork';
import type { Network } from './network';

export interface Reading<T> {
  /** The last value that was read; kept during the next read. */
  readonly value: T | undefined;
  /** Why the last read failed. */
  readonly failure: string | undefined;
}

/**
 * Reads from the server, again for each new `revision`, and when the network is back.
 *
 * @param read - Must be the same function on each render.
 */
export function useRead<T>(
  read: (network: Network, signal: AbortSignal) => Promise<T>,
  revision: unknown,
): Reading<T> {
  const network = useNetwork();
  const isOn = useNetworkIsOn();
  const [reading, setReading] = useState<Reading<T>>({ value: undefined, failure: undefined });
  useEffect(() => {
    const controller = new AbortController();
    read(network, controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setReading({ value, failure: undefined });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setReading(({ value }) => ({ value, failure: failureText(error) }));
      },
    );
    return () => {
      controller.abort();
    };
  }, [network, isOn, read, revision]);
  return reading;
}

export function failureText(error: unknown): string {
  // In every browser, fetch throws a TypeError if there is no response.
  if (error instanceof TypeError) return 'No connection.';
  return error instanceof Error ? error.message : String(error);
}
