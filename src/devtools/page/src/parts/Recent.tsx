import { useId, type ReactNode } from 'react';
import { formatRoute } from '../route';
import { useSession } from '../session/useSession';
import { uiOf } from '../storeUi';

interface RecentItem {
  readonly id: string;
  readonly text: string;
  readonly detail: string;
  readonly amount: string;
}

interface RecentProps {
  readonly title: string;
  readonly items: readonly RecentItem[] | undefined;
  readonly failure: string | undefined;
  /** Content below the list. */
  readonly children?: ReactNode;
}

/** Links to the newest streams on the server. */
export function Recent({ title, items, failure, children }: RecentProps) {
  const { stream, ui } = useSession();
  const plain = ui === undefined && uiOf(stream.store) !== undefined;
  const headingId = useId();
  return (
    <div className="recent">
      <h2 id={headingId}>
        {title} <span className="note">{failure}</span>
      </h2>
      {items?.length === 0 && <p className="note">None yet.</p>}
      <ul aria-labelledby={headingId}>
        {items?.map(({ id, text, detail, amount }) => (
          <li key={id}>
            <a
              href={formatRoute({ store: stream.store, id }, { plain })}
              aria-current={id === stream.id ? 'true' : undefined}
            >
              <span className="text">{text}</span>
              <span className="detail">{detail}</span>
              <span className="amount">{amount}</span>
            </a>
          </li>
        ))}
      </ul>
      {children}
    </div>
  );
}
