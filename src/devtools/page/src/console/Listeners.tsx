import { useState } from 'react';
import { failureText } from '../network/useRead';
import { formatTime } from '../parts/time';
import { redrive, type Call, type Message } from './listeners';
import { Panel } from './Panel';
import { useHeard } from './useHeard';

/** Shows what the application's listeners do; nothing if it has none. */
export function Listeners() {
  const { heard, failure } = useHeard();
  if (heard === undefined || heard.listeners.length === 0) return null;
  const { listeners, waiting, dead, calls } = heard;
  const facts = [
    ...(waiting.length > 0 ? [`${waiting.length} waiting`] : []),
    ...(dead.length > 0 ? [`${dead.length} dead`] : []),
  ];
  const isEmpty = waiting.length + dead.length + calls.length === 0;
  return (
    <Panel
      title="Listeners"
      className="listeners"
      tools={
        <>
          <span className="note">{failure ?? (facts.join(' · ') || listeners.join(', '))}</span>
          {dead.length > 0 && <Redrive />}
        </>
      }
    >
      <div className="scroll" role="group" aria-label="What listeners do" tabIndex={0}>
        {isEmpty && <p className="note">None was called yet.</p>}
        <ul aria-label="Dead letters">
          {dead.map((message) => (
            <li key={message.number} className="rejected">
              <Name message={message} />
              <span className="mark">dead</span>
              <p className="fact">{message.error}</p>
            </li>
          ))}
        </ul>
        <ul aria-label="Waiting messages">
          {waiting.map((message) => (
            <li key={message.number} className="called">
              <Name message={message} />
              <span className="mark">{message.attempts > 0 ? 'retrying' : 'waiting'}</span>
              {message.error !== null && <p className="fact">{message.error}</p>}
            </li>
          ))}
        </ul>
        <ol aria-label="Calls" reversed>
          {calls.map((call) => (
            <CallItem key={call.number} call={call} />
          ))}
        </ol>
      </div>
    </Panel>
  );
}

function Name({ message: { store, id, version, attempts } }: { message: Message }) {
  return (
    <>
      <span>{`v${version}`}</span>
      <code>
        {store}/{id}
        {attempts > 0 && ` · attempts: ${attempts}`}
      </code>
    </>
  );
}

function CallItem({ call }: { call: Call }) {
  const done = [
    ...call.dispatched.map(({ store, id, type, refused }) => {
      const where = store === call.store && id === call.id ? '' : ` on ${store}/${id}`;
      return `dispatched ${type}${where}${refused === null ? '' : ` (refused: ${refused})`}`;
    }),
    ...call.once.map((key) => `once: ${key}`),
  ];
  return (
    <li className="called">
      <time>{formatTime(call.at)}</time>
      <code title={`${call.type} · ${call.store}/${call.id}, version ${call.version}`}>
        {call.listener} · {call.type}
      </code>
      <span className="mark" data-ok={call.error === null}>
        {call.error === null ? formatMs(call.durationMs) : 'failed'}
      </span>
      <code className="payload">
        {call.store}/{call.id}, version {call.version}
      </code>
      {call.printed !== '' && <pre className="printed">{call.printed.trimEnd()}</pre>}
      {done.length > 0 && <p className="done">{done.join(' · ')}</p>}
      {call.error !== null && <p className="fact">{call.error}</p>}
    </li>
  );
}

const formatMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

function Redrive() {
  const [failure, setFailure] = useState<string>();
  return (
    <>
      <button
        type="button"
        onClick={() => {
          redrive().then(
            () => {
              setFailure(undefined);
            },
            (error: unknown) => {
              setFailure(failureText(error));
            },
          );
        }}
      >
        Redrive
      </button>
      {failure !== undefined && (
        <span className="fact" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
