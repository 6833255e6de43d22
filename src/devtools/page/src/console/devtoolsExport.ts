import type { Reducer, UnknownAction } from '@reduxjs/toolkit';
import type { StreamEvent } from '../network/reads';

/** A state in Redux DevTools, with the reducer's error if it failed. */
export interface ComputedState<S> {
  readonly state: S;
  readonly error?: string;
}

/** The state of Redux DevTools' instrumented store. */
interface LiftedState<S> {
  readonly monitorState: Record<string, never>;
  readonly actionsById: Readonly<
    Record<number, { type: 'PERFORM_ACTION'; action: UnknownAction; timestamp: number }>
  >;
  readonly nextActionId: number;
  readonly stagedActionIds: readonly number[];
  readonly skippedActionIds: readonly number[];
  readonly currentStateIndex: number;
  readonly computedStates: readonly ComputedState<S>[];
}

const INIT = { type: '@@INIT' };

/**
 * Exports a stream's history as text that Redux DevTools can import.
 *
 * Without a committed state, DevTools computes the states again with the reducer of the store that
 * imports the file.
 * https://github.com/reduxjs/redux-devtools/blob/main/packages/redux-devtools-utils/src/importState.ts
 * https://github.com/reduxjs/redux-devtools/blob/main/packages/redux-devtools-instrument/src/instrument.ts
 *
 * @param events - All events of the stream, oldest first.
 * @param computedStates - The state before the first event, and after each.
 */
export function exportForDevTools<S>(
  events: readonly StreamEvent[],
  computedStates: readonly ComputedState<S>[],
): string {
  const first = events[0];
  const actionsById: Record<number, LiftedState<S>['actionsById'][number]> = {
    0: performed(INIT, first === undefined ? 0 : Date.parse(first.recordedAt)),
  };
  events.forEach((event, index) => {
    actionsById[index + 1] = performed(toAction(event), Date.parse(event.recordedAt));
  });
  const ids = computedStates.map((_, id) => id);
  const lifted: LiftedState<S> = {
    monitorState: {},
    actionsById,
    nextActionId: ids.length,
    stagedActionIds: ids,
    skippedActionIds: [],
    currentStateIndex: events.length,
    computedStates,
  };
  return JSON.stringify({ payload: JSON.stringify(lifted) });
}

/** Computes the state at each step with a root reducer. */
export function statesOf<S>(
  events: readonly StreamEvent[],
  reducer: Reducer<S>,
): readonly ComputedState<S>[] {
  const states: ComputedState<S>[] = [{ state: reducer(undefined, INIT) }];
  events.forEach((event, index) => {
    states.push(step(states[index], toAction(event), reducer));
  });
  return states;
}

function performed(action: UnknownAction, timestamp: number) {
  return { type: 'PERFORM_ACTION' as const, action, timestamp };
}

const ACTION_KEYS = ['type', 'payload', 'meta', 'error'];

/** Returns an event as it was dispatched, without the server's fields. */
function toAction(event: StreamEvent): UnknownAction {
  const kept = Object.entries(event).filter(([key]) => ACTION_KEYS.includes(key));
  return { ...Object.fromEntries(kept), type: event.type };
}

function step<S>(
  previous: ComputedState<S> | undefined,
  action: UnknownAction,
  reducer: Reducer<S>,
): ComputedState<S> {
  const { state, error } = previous ?? { state: reducer(undefined, INIT) };
  // DevTools uses this message.
  if (error !== undefined) return { state, error: 'Interrupted by an error up the chain' };
  try {
    return { state: reducer(state, action) };
  } catch (thrown) {
    return { state, error: String(thrown) };
  }
}
