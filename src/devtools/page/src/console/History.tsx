import type { Reducer } from '@reduxjs/toolkit';
import { useState } from 'react';
import type { StreamEvent } from '../network/reads';
import { failureText } from '../network/useRead';
import { formatTime } from '../parts/time';
import { useSession } from '../session/useSession';
import { exportForDevTools, statesOf } from './devtoolsExport';
import type { EventLog } from './eventLog';
import { Payload } from './Outbox';
import { Panel } from './Panel';
import type { PastStates } from './pastStates';
import { saveFile } from './saveFile';

interface HistoryProps {
  readonly log: EventLog;
  readonly states: PastStates;
  readonly events: readonly StreamEvent[];
  readonly failure: string;
  readonly shown: number;
  readonly onSelect: (version: number) => void;
}

/** Lists the stream's events, newest first. */
export function History({ log, states, events, failure, shown, onSelect }: HistoryProps) {
  const first = events[0]?.version ?? 1;
  return (
    <Panel title="History" className="history" tools={<ExportButton log={log} states={states} />}>
      <div className="scroll">
        <p className="fact" aria-live="polite">
          {failure}
        </p>
        {events.length === 0 && failure === '' && <p className="note">No events yet.</p>}
        <ol aria-label="Events" reversed>
          {events.toReversed().map((event) => (
            <li
              key={event.version}
              className="event"
              data-shown={event.version === shown ? '' : undefined}
            >
              <span className="version">{event.version}</span>
              <button
                type="button"
                aria-label={`Version ${event.version}: ${event.type}`}
                aria-current={event.version === shown ? 'true' : undefined}
                onClick={() => {
                  onSelect(event.version);
                }}
              >
                <code>{event.type}</code>
              </button>
              <time dateTime={event.recordedAt}>{formatTime(Date.parse(event.recordedAt))}</time>
              <Payload payload={event.payload} />
            </li>
          ))}
        </ol>
        {first > 1 && (
          <button type="button" onClick={() => void log.earlier()}>
            Earlier events
          </button>
        )}
      </div>
    </Panel>
  );
}

function ExportButton({ log, states }: Pick<HistoryProps, 'log' | 'states'>) {
  const { stream, ui } = useSession();
  const [failure, setFailure] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const computed = async (events: readonly StreamEvent[]) => {
    if (ui !== undefined) return statesOf<object>(events, ui.reducer as Reducer<object>);
    // The page has no reducer for this store, so the server supplies the states.
    const read = await states.upTo(events.length, new AbortController().signal);
    return read.map((state) => ({ state: { [stream.store]: state } }));
  };
  const save = async () => {
    setIsBusy(true);
    try {
      const events = await log.all();
      const text = exportForDevTools<object>(events, await computed(events));
      saveFile(`${stream.store}-${stream.id}.redux-devtools.json`, text);
      setFailure('');
    } catch (error) {
      setFailure(failureText(error));
    }
    setIsBusy(false);
  };
  return (
    <>
      <span className="fact" role="alert">
        {failure}
      </span>
      <button type="button" disabled={isBusy} onClick={() => void save()}>
        Export for Redux DevTools
      </button>
    </>
  );
}
