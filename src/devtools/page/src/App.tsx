import { Provider } from 'react-redux';
import { Console } from './console/Console';
import { OrderApp } from './order/OrderApp';
import { useRoute } from './route';
import { SessionContext, useOpenSession } from './session/useSession';
import { APPS } from './stores/apps';
import { TopBar } from './topbar/TopBar';
import { WorkoutApp } from './workout/WorkoutApp';

/** Each stream has a store of its own, so another address begins afresh. */
export function App() {
  const { app, id } = useRoute();
  const session = useOpenSession(app, id);
  if (session === undefined) return null;
  return (
    <SessionContext value={session} key={`${app}/${id}`}>
      <Provider store={session.store}>
        <title>{`${APPS[app].title} ${id} · Roundtrip`}</title>
        <TopBar />
        <main className="panes">
          {app === 'sales-orders' ? <OrderApp /> : <WorkoutApp />}
          <Console />
        </main>
      </Provider>
    </SessionContext>
  );
}
