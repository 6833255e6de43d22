import { useEffect } from 'react';
import { useNetwork, useNetworkIsOn } from '../network/useNetwork';
import { useSession, useSync } from '../session/useSession';
import { useCaller } from '../user/useSignIn';
import { UserMenu } from '../user/UserMenu';
import { remember } from './lastStreams';
import { StoreTabs } from './StoreTabs';
import { SyncStatus } from './SyncStatus';

export function TopBar() {
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
      <StoreTabs stream={stream} />
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
