import { useEffect, useState } from 'react';
import { failureText } from '../network/useRead';
import { readHeard, type Heard } from './listeners';

const POLL_MS = 1000;

export interface Hearing {
  /** `undefined` until it is read. */
  readonly heard: Heard | undefined;
  /** Why the last read failed. */
  readonly failure: string | undefined;
}

/**
 * Reads what the listeners do, every second while the page is visible.
 *
 * It bypasses the page's network switch, because it shows the server and not this client.
 */
export function useHeard(): Hearing {
  const [hearing, setHearing] = useState<Hearing>({ heard: undefined, failure: undefined });
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        if (document.visibilityState === 'visible') {
          const heard = await readHeard(controller.signal);
          // Such a server has to be started again to follow commits.
          if (heard === undefined) return;
          setHearing({ heard, failure: undefined });
        }
      } catch (error) {
        if (controller.signal.aborted) return;
        setHearing(({ heard }) => ({ heard, failure: failureText(error) }));
      }
      timer = setTimeout(() => void read(), POLL_MS);
    };
    void read();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, []);
  return hearing;
}
