import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { Network } from './network/network';
import { NetworkContext } from './network/useNetwork';
import './styles/tokens.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/apps.css';
import './styles/console.css';
import './styles/records.css';

function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    // The browser may forbid it for this site, and then the mere access throws.
    return undefined;
  }
}

const root = document.getElementById('root');
if (root === null) throw new Error('expected an element with the id root, found none');
createRoot(root).render(
  <StrictMode>
    <NetworkContext value={new Network(storage())}>
      <App />
    </NetworkContext>
  </StrictMode>,
);
