import type { SyncState } from '@roundtrip/client';
import { createContext, use, useEffect, useState } from 'react';
import { useSelector } from 'react-redux';
import type { StoreUi } from '../storeUi';
import { useCaller } from '../user/useSignIn';
import { openSession, type Session } from './session';

export const SessionContext = createContext<Session | undefined>(undefined);

/** Opens a session for the stream, and closes it when another stream is opened. */
export function useOpenSession(
  store: string,
  id: string,
  ui: StoreUi | undefined,
): Session | undefined {
  const caller = useCaller();
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    const { network } = caller;
    const opened = openSession({ store, id }, caller, ui);
    // Opened in an effect, because React may repeat or discard a render.
    setSession(opened);
    let wasOn = network.isOn();
    const stop = network.subscribe(() => {
      // The page's switch fires no `online` event in the browser.
      if (!wasOn && network.isOn()) void opened.sync.flush();
      wasOn = network.isOn();
    });
    return () => {
      stop();
      void opened.sync.close();
    };
  }, [store, id, ui, caller]);
  const isCurrent =
    session?.stream.store === store && session.stream.id === id && session.ui === ui;
  return isCurrent ? session : undefined;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('expected a SessionContext above, found none');
  return session;
}

export function useSync(): SyncState {
  const { opened } = useSession();
  return useSelector(opened.select);
}
