import { useState } from 'react';
import { useSync } from '../session/useSession';
import { Changes } from './Changes';
import { History } from './History';
import { Listeners } from './Listeners';
import { Outbox } from './Outbox';
import { RoundTrips } from './RoundTrips';
import { TimeTravel } from './TimeTravel';
import { useEventLog, usePastStates, useStateAt } from './useStream';

/** Shows the traffic between this Redux store and the server, and the stream's history. */
export function Console() {
  const { version } = useSync();
  const { log, events, failure } = useEventLog();
  const states = usePastStates();
  const [selected, setSelected] = useState<number>();
  const head = Math.max(version, events.at(-1)?.version ?? 0);
  // The newest version, unless another one is selected and still exists.
  const shown = Math.min(selected ?? head, head);
  const state = useStateAt(states, shown);
  const select = (chosen: number) => {
    setSelected(chosen === head ? undefined : chosen);
  };
  return (
    <section className="console" aria-label="Console">
      <Outbox />
      <History
        log={log}
        states={states}
        events={events}
        failure={failure}
        shown={shown}
        onSelect={select}
      />
      <TimeTravel state={state} head={head} shown={shown} onSelect={select} />
      <Changes states={states} head={head} shown={shown} state={state} />
      <RoundTrips />
      <Listeners />
    </section>
  );
}
