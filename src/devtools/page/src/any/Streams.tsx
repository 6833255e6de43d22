import { useCallback, useState } from 'react';
import type { Network } from '../network/network';
import { readStreams } from '../network/reads';
import { useRead } from '../network/useRead';
import { Recent } from '../parts/Recent';
import { formatDateTime } from '../parts/time';
import { useSession, useSync } from '../session/useSession';

/** Lists the store's streams in pages, newest first. */
export function Streams() {
  const { store } = useSession().stream;
  const [cursor, setCursor] = useState<string>();
  const read = useCallback(
    (network: Network, signal: AbortSignal) => readStreams(network, store, cursor, signal),
    [store, cursor],
  );
  const { value, failure } = useRead(read, useSync().version);
  const next = value?.next ?? undefined;
  return (
    <Recent
      title="Streams"
      failure={failure}
      items={value?.items.map(({ id, version, updatedAt }) => ({
        id,
        text: id,
        detail: formatDateTime(Date.parse(updatedAt)),
        amount: `version ${version}`,
      }))}
    >
      {(next !== undefined || cursor !== undefined) && (
        <div className="buttons">
          <button
            type="button"
            disabled={cursor === undefined}
            onClick={() => {
              setCursor(undefined);
            }}
          >
            Newest
          </button>
          <button
            type="button"
            disabled={next === undefined}
            onClick={() => {
              setCursor(next);
            }}
          >
            Older
          </button>
        </div>
      )}
    </Recent>
  );
}
