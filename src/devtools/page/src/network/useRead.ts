import { useEffect, useState } from 'react';
import { useNetwork, useNetworkIsOn } from './useNetwork';
import type { Network } from './network';

export interface Reading<T> {
  /** What was read last; it stays while it is read again. */
  readonly value: T | undefined;
  /** Why it could not be read (again). */
  readonly failure: string | undefined;
}

/**
 * Reads from the server, and again for each new `revision` and once the network is back.
 *
 * @param read - Must keep its identity from one rendering to the next.
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
  // What fetch throws, in every browser, when there was no answer.
  if (error instanceof TypeError) return 'No connection.';
  return error instanceof Error ? error.message : String(error);
}
