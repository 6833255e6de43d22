import { formatRoute } from '../route';
import { newStream } from '../session/stream';
import { useSession } from '../session/useSession';
import { uiOf } from '../storeUi';

/** The open stream's heading, with links to its views and a button for a new stream. */
export function AppHeading({ state }: { state?: string | undefined }) {
  const { stream, ui } = useSession();
  const own = uiOf(stream.store);
  const views = own === undefined ? [] : [own, undefined];
  return (
    <div className="heading">
      <h1>{ui?.title ?? stream.store}</h1>
      <code className="id">{stream.id}</code>
      {state !== undefined && (
        <span className="badge" data-state={state}>
          {state}
        </span>
      )}
      <div className="ways">
        {views.length > 0 && (
          <nav className="tabs" aria-label="Views">
            {views.map((view) => (
              <a
                key={view?.title ?? ''}
                href={formatRoute(stream, { plain: view === undefined })}
                aria-current={view === ui ? 'page' : undefined}
              >
                {view?.title ?? 'Actions'}
              </a>
            ))}
          </nav>
        )}
        <button
          type="button"
          onClick={() => {
            const plain = own !== undefined && ui === undefined;
            location.hash = formatRoute(newStream(stream.store, own?.idPrefix), { plain });
          }}
        >
          New {ui?.noun ?? 'stream'}
        </button>
      </div>
    </div>
  );
}
