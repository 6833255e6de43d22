import type { Status } from '@roundtrip/client';
import { useEffect, useState } from 'react';
import { useSync } from '../session/useSession';

const LABELS: Record<Status, string> = {
  live: 'Live',
  synced: 'Synced',
  pending: 'Pending',
  syncing: 'Syncing',
  offline: 'Offline',
  needsAuth: 'Needs sign-in',
  error: 'Error',
};
const ANNOUNCED_AFTER_MS = 1000;

/** The sync status, always visible. */
export function SyncStatus() {
  const { status, version, pending, rejected, durable, paused, problem } = useSync();
  const facts = [`version ${version}`];
  if (pending.length > 0) facts.push(`${pending.length} pending`);
  if (rejected.length > 0) facts.push(`${rejected.length} rejected`);
  if (paused) facts.push('paused');
  if (!durable) facts.push('not stored');
  const text = [LABELS[status], ...facts].join(' · ');
  return (
    <>
      <p
        className="status"
        role="status"
        aria-label="Sync status"
        aria-live="off"
        data-status={status}
        title={problem?.detail ?? problem?.title}
      >
        <span className="dot" aria-hidden="true" />
        <span className="label">{LABELS[status]}</span>
        <span className="facts"> · {facts.join(' · ')}</span>
      </p>
      <Announcement text={text} />
    </>
  );
}

/** Announces the status to screen readers once it is stable: each action changes it two or three times. */
function Announcement({ text }: { text: string }) {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(text);
    }, ANNOUNCED_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return (
    <span className="unseen" aria-live="polite">
      {settled}
    </span>
  );
}
