import type { PendingAction, RejectedAction } from '@roundtrip/client';
import { useSelector } from 'react-redux';
import { problemText } from '../parts/problemText';
import { formatTime } from '../parts/time';
import { useSession, useSync } from '../session/useSession';
import { Panel } from './Panel';

/** Lists pending and rejected actions. */
export function Outbox() {
  const { pending, rejected, problem, durable, paused } = useSync();
  const { sync } = useSession();
  const others = useSelector(sync.selectPending).length - pending.length;
  const facts = [
    ...(problem === undefined ? [] : [problemText(problem)]),
    ...(paused ? ['Paused: nothing is sent until you resume.'] : []),
    ...(others > 0 ? [`Pending in other streams: ${others}.`] : []),
    ...(durable
      ? []
      : ['This browser stores nothing: pending actions are lost when the page closes.']),
  ];
  return (
    <Panel title="Outbox" className="outbox">
      <div className="scroll" role="group" aria-label="Pending and rejected actions" tabIndex={0}>
        {pending.length + rejected.length + facts.length === 0 && (
          <p className="note">No actions are waiting.</p>
        )}
        {facts.map((fact) => (
          <p key={fact} className="fact">
            {fact}
          </p>
        ))}
        <ul aria-label="Rejected actions">
          {rejected.map((action) => (
            <Rejection key={action.id} rejected={action} />
          ))}
        </ul>
        <ul aria-label="Pending actions">
          {pending.map((action) => (
            <Waiting key={action.id} pending={action} />
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function Waiting({
  pending: { id, action, at, sent, refusedLocally },
}: {
  pending: PendingAction;
}) {
  return (
    <li className="waiting">
      <time>{formatTime(at)}</time>
      <code>{action.type}</code>
      <span className="mark">{sent ? 'sent' : 'waiting'}</span>
      <Discard id={id} action={action} sent={sent} />
      <Payload payload={action.payload} />
      {refusedLocally !== undefined && (
        <p className="fact">Not applied here; the server decides: {refusedLocally}</p>
      )}
    </li>
  );
}

function Rejection({ rejected: { id, action, at, problem } }: { rejected: RejectedAction }) {
  const { sync } = useSession();
  return (
    <li className="rejected">
      <time>{formatTime(at)}</time>
      <code>{action.type}</code>
      <span className="mark">rejected</span>
      <Payload payload={action.payload} />
      <p className="fact">{problemText(problem)}</p>
      <div className="buttons">
        <button
          type="button"
          aria-label={`Retry ${action.type}`}
          onClick={() => void sync.retry(id)}
        >
          Retry
        </button>
        <button
          type="button"
          aria-label={`Discard ${action.type}`}
          onClick={() => void sync.discard(id)}
        >
          Discard
        </button>
      </div>
    </li>
  );
}

function Discard({ id, action, sent }: Pick<PendingAction, 'id' | 'action' | 'sent'>) {
  const { sync } = useSession();
  return (
    <button
      type="button"
      className="quiet"
      aria-label={`Discard ${action.type}`}
      title={
        sent ? 'The server may have applied it already, and then it stays in force.' : 'Discard'
      }
      onClick={() => void sync.discard(id)}
    >
      ×
    </button>
  );
}

export function Payload({ payload }: { payload: unknown }) {
  if (payload === undefined) return null;
  const text = JSON.stringify(payload);
  return (
    <code className="payload" title={text}>
      {text}
    </code>
  );
}
