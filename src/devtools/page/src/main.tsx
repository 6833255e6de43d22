import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiContext } from './api/useApi';
import { App } from './App';
import { failureText } from './network/useRead';
import { Notice } from './parts/Notice';
import { start } from './start';
import './styles/tokens.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/apps.css';
import './styles/any.css';
import './styles/ask.css';
import './styles/console.css';
import './styles/records.css';
import { SignInContext } from './user/useSignIn';

function storage(name: 'localStorage' | 'sessionStorage'): Storage | undefined {
  try {
    return globalThis[name];
  } catch {
    // Access throws if the browser forbids storage for this site.
    return undefined;
  }
}

const element = document.getElementById('root');
if (element === null) throw new Error('expected an element with the id root, found none');
const root = createRoot(element);

async function open(): Promise<void> {
  try {
    const storages = { local: storage('localStorage'), session: storage('sessionStorage') };
    const { api, signIn } = await start(storages);
    root.render(
      <StrictMode>
        <ApiContext value={api}>
          <SignInContext value={signIn}>
            <App />
          </SignInContext>
        </ApiContext>
      </StrictMode>,
    );
  } catch (error) {
    root.render(<Notice text={failureText(error)} onRetry={() => void open()} />);
  }
}

await open();
