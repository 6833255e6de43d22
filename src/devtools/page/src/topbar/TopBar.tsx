import { useEffect } from 'react';
import { useNetwork, useNetworkIsOn } from '../network/useNetwork';
import { formatRoute } from '../route';
import { useSession, useSync } from '../session/useSession';
import { APPS, type AppName } from '../stores/apps';
import { remember, streamOf } from './lastStreams';
import { SyncStatus } from './SyncStatus';

export function TopBar() {
  const { stream, sync } = useSession();
  const { paused, status } = useSync();
  const isHeld = paused || status === 'needsAuth';
  useEffect(() => {
    remember(stream);
  }, [stream]);
  return (
    <header className="topbar">
      <p className="brand">Roundtrip</p>
      <nav className="tabs" aria-label="Apps">
        {(Object.keys(APPS) as AppName[]).map((app) => (
          <a
            key={app}
            href={formatRoute(app === stream.app ? stream : streamOf(app))}
            aria-current={app === stream.app ? 'page' : undefined}
          >
            {APPS[app].title}
          </a>
        ))}
      </nav>
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
