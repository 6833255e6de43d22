import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useNetwork, useNetworkIsOn } from '../network/useNetwork';
import { failureText, type Reading } from '../network/useRead';
import { useSession, useSync } from '../session/useSession';
import type { Json } from '../json';
import { EventLog } from './eventLog';
import { PastStates } from './pastStates';

/** Returns the open stream's history, updated with each confirmed version. */
export function useEventLog() {
  const network = useNetwork();
  const isOn = useNetworkIsOn();
  const { stream } = useSession();
  const { version } = useSync();
  const log = useMemo(() => new EventLog(network, stream), [network, stream]);
  useEffect(() => {
    void log.catchUp(version);
  }, [log, version, isOn]);
  return { log, ...useSyncExternalStore(log.subscribe, log.state) };
}

/** Returns the open stream's past states. The newest one comes with each response. */
export function usePastStates(): PastStates {
  const network = useNetwork();
  const { stream } = useSession();
  const { version, confirmed } = useSync();
  const states = useMemo(() => new PastStates(network, stream), [network, stream]);
  useEffect(() => {
    if (version > 0 && confirmed !== undefined) states.follow(version, confirmed as Json);
  }, [states, version, confirmed]);
  return states;
}

export interface StateReading extends Reading<Json> {
  /** The value is still that of the version shown before: this one is being read. */
  readonly isBusy: boolean;
}

/** How long the slider must rest on a version before its state is read, in ms. */
const REST_MS = 100;

/** Reads the state at a version. */
export function useStateAt(states: PastStates, version: number): StateReading {
  const isOn = useNetworkIsOn();
  const [reading, setReading] = useState<Reading<Json> & { version: number }>({
    version: 0,
    value: {},
    failure: undefined,
  });
  const known = states.known(version);
  useEffect(() => {
    const controller = new AbortController();
    const read = () => {
      states.read(version, controller.signal).then(
        (value) => {
          if (!controller.signal.aborted) setReading({ version, value, failure: undefined });
        },
        (error: unknown) => {
          if (controller.signal.aborted) return;
          setReading({ version, value: undefined, failure: failureText(error) });
        },
      );
    };
    const timer = setTimeout(read, states.known(version) === undefined ? REST_MS : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [states, version, isOn]);
  if (known !== undefined) return { value: known, failure: undefined, isBusy: false };
  return { ...reading, isBusy: reading.version !== version };
}
