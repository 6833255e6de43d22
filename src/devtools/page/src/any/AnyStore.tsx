import { AppHeading } from '../parts/AppHeading';
import { useSession, useSync } from '../session/useSession';
import { Dispatch } from './Dispatch';
import { OpenById } from './OpenById';
import { Streams } from './Streams';

/** The generic view of a store: its actions, state and streams. */
export function AnyStore() {
  const { store } = useSession().stream;
  const { version, confirmed } = useSync();
  const isDeleted = typeof confirmed === 'object' && confirmed !== null && '$deleted' in confirmed;
  return (
    <section className="app any" aria-label={store}>
      <AppHeading state={isDeleted ? 'deleted' : version === 0 ? 'new' : undefined} />
      <Dispatch />
      <h2>State</h2>
      <pre className="json" role="region" aria-label="State" tabIndex={0}>
        {version === 0
          ? 'Nothing has been dispatched to this stream yet.'
          : JSON.stringify(confirmed, null, 2)}
      </pre>
      <Streams />
      <OpenById />
    </section>
  );
}
