import { useApi } from '../api/useApi';
import { ASK, formatRoute } from '../route';
import type { Stream } from '../session/stream';
import { useCaller } from '../user/useSignIn';
import { streamOf } from './lastStreams';

/** Scrolls to the open store if there are too many stores to show them all. */
function bringIntoView(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** Links to the stores, and to the questions to the log of all of them. */
export function StoreTabs({ stream }: { stream?: Stream }) {
  const { stores } = useApi();
  const { user } = useCaller();
  return (
    <>
      <nav className="tabs" aria-label="Stores">
        {stores.map(({ name }) => (
          <a
            key={name}
            href={formatRoute(name === stream?.store ? stream : streamOf(user, name))}
            aria-current={name === stream?.store ? 'page' : undefined}
            ref={name === stream?.store ? bringIntoView : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <nav className="tabs log" aria-label="Log">
        <a href={ASK} aria-current={stream === undefined ? 'page' : undefined}>
          Ask the log
        </a>
      </nav>
    </>
  );
}
