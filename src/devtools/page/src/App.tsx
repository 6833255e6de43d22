import { Provider } from 'react-redux';
import { AnyStore } from './any/AnyStore';
import { useApi } from './api/useApi';
import { AskTheLog } from './ask/AskTheLog';
import { Console } from './console/Console';
import { NetworkContext } from './network/useNetwork';
import { Notice } from './parts/Notice';
import { useRoute, type Route } from './route';
import { SessionContext, useOpenSession } from './session/useSession';
import { uiOf } from './storeUi';
import { TopBar } from './topbar/TopBar';
import { useCaller } from './user/useSignIn';

export function App() {
  const [first, ...more] = useApi().stores.map(({ name }) => name);
  const { user, network } = useCaller();
  if (first === undefined) {
    return (
      <Notice text="The API has no stores yet. Add one to the application's stores.py, then reload this page." />
    );
  }
  // The key discards everything that was read for another user.
  return (
    <NetworkContext value={network} key={user?.name}>
      <Place stores={[first, ...more]} />
    </NetworkContext>
  );
}

/** Shows what is in the address: a stream, or the questions to the log. */
function Place({ stores }: { stores: readonly [string, ...string[]] }) {
  const route = useRoute(stores);
  return route === undefined ? <AskTheLog /> : <OpenStream {...route} />;
}

/** Shows a stream. Each has its own Redux store. */
function OpenStream({ store, id, plain }: Route) {
  const ui = plain ? undefined : uiOf(store);
  const session = useOpenSession(store, id, ui);
  if (session === undefined) return null;
  const View = ui?.View ?? AnyStore;
  return (
    <SessionContext value={session} key={`${store}/${id}/${plain}`}>
      <Provider store={session.store}>
        <title>{`${store} ${id} · Roundtrip`}</title>
        <TopBar />
        <main className="panes">
          <View />
          <Console />
        </main>
      </Provider>
    </SessionContext>
  );
}
