import { createContext, use, useSyncExternalStore } from 'react';
import type { Network, RoundTrip } from './network';

export const NetworkContext = createContext<Network | undefined>(undefined);

export function useNetwork(): Network {
  const network = use(NetworkContext);
  if (network === undefined) throw new Error('expected a NetworkContext above, found none');
  return network;
}

export function useNetworkIsOn(): boolean {
  const network = useNetwork();
  return useSyncExternalStore(network.subscribe, network.isOn);
}

export function useRoundTrips(): readonly RoundTrip[] {
  const network = useNetwork();
  return useSyncExternalStore(network.subscribe, network.roundTrips);
}

/** Returns how many actions were dispatched, and in how many requests they were sent. */
export function useSaved(): { readonly actions: number; readonly writes: number } {
  const network = useNetwork();
  const actions = useSyncExternalStore(network.subscribe, network.actions);
  const writes = useSyncExternalStore(network.subscribe, network.writes);
  return { actions, writes };
}
