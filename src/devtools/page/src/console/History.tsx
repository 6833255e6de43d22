import type { Reducer } from '@reduxjs/toolkit';
import { useState } from 'react';
import type { StreamEvent } from '../network/reads';
import { failureText } from '../network/useRead';
import { formatTime } from '../parts/time';
import { useSession } from '../session/useSession';
import { APPS } from '../stores/apps';
import { exportForDevTools } from './devtoolsExport';
import type { EventLog } from './eventLog';
import { Payload } from './Outbox';
import { Panel } from './Panel';
import { saveFile } from './saveFile';

interface HistoryProps {
  readonly log: EventLog;
  readonly events: readonly StreamEvent[];
  readonly failure: string;
  readonly shown: number;
  readonly onSelect: (version: number) => void;
}

/** The events of the stream, newest first. */
export function History({ log, events, failure, shown, onSelect }: HistoryProps) {
  const first = events[0]?.version ?? 1;
  return (
    <Panel title="History" className="history" tools={<ExportButton log={log} />}>
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

function ExportButton({ log }: { log: EventLog }) {
  const { stream } = useSession();
  const [failure, setFailure] = useState('');
  const { store, reducer } = APPS[stream.app];
  const save = async () => {
    try {
      const text = exportForDevTools<object>(await log.all(), reducer as Reducer<object>);
      saveFile(`${store}-${stream.id}.redux-devtools.json`, text);
      setFailure('');
    } catch (error) {
      setFailure(failureText(error));
    }
  };
  return (
    <>
      <span className="fact" role="alert">
        {failure}
      </span>
      <button type="button" onClick={() => void save()}>
        Export for Redux DevTools
      </button>
    </>
  );
}
