import { useEffect } from 'react';
import { useApi } from '../api/useApi';
import { useNetwork, useNetworkIsOn } from '../network/useNetwork';
import { formatRoute } from '../route';
import { useSession, useSync } from '../session/useSession';
import { useCaller } from '../user/useSignIn';
import { UserMenu } from '../user/UserMenu';
import { remember, streamOf } from './lastStreams';
import { SyncStatus } from './SyncStatus';

/** Scrolls to the open store if there are too many stores to show them all. */
function bringIntoView(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

export function TopBar() {
  const { stores } = useApi();
  const { user } = useCaller();
  const { stream, sync } = useSession();
  const { paused, status } = useSync();
  const isHeld = paused || status === 'needsAuth';
  useEffect(() => {
    remember(user, stream);
  }, [user, stream]);
  return (
    <header className="topbar">
      <p className="brand">Roundtrip</p>
      <nav className="tabs" aria-label="Stores">
        {stores.map(({ name }) => (
          <a
            key={name}
            href={formatRoute(name === stream.store ? stream : streamOf(user, name))}
            aria-current={name === stream.store ? 'page' : undefined}
            ref={name === stream.store ? bringIntoView : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <UserMenu />
      <div className="sync">
        <SyncStatus />
        <button type="button" onClick={() => void sync.flush()}>
          Sync now
        </button>
        <button
          type="button"
          className="pause"
          onClick={() => {
            if (isHeld) sync.resume();
            else sync.pause();
          }}
        >
          {isHeld ? 'Resume' : 'Pause'}
        </button>
        <NetworkSwitch />
      </div>
    </header>
  );
}

function NetworkSwitch() {
  const network = useNetwork();
  const isOn = useNetworkIsOn();
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      className="switch"
      onClick={() => {
        network.switch(!isOn);
      }}
    >
      <span className="track" aria-hidden="true" />
      Network
    </button>
  );
}
