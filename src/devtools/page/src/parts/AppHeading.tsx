import { formatRoute, newStream } from '../route';
import { useSession } from '../session/useSession';
import { APPS } from '../stores/apps';

/** What is open, and the way to a new one. */
export function AppHeading({ state }: { state?: string }) {
  const { app, id } = useSession().stream;
  const { title } = APPS[app];
  return (
    <div className="heading">
      <h1>{title}</h1>
      <code className="id">{id}</code>
      {state !== undefined && (
        <span className="badge" data-state={state}>
          {state}
        </span>
      )}
      <button
        type="button"
        onClick={() => {
          location.hash = formatRoute(newStream(app));
        }}
      >
        New {title === 'Workout' ? 'workout' : 'order'}
      </button>
    </div>
  );
}
