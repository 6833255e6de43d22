import type { RoundTrip } from '../network/network';
import { streamPath } from '../network/reads';
import { useRoundTrips, useSaved } from '../network/useNetwork';
import { formatTime } from '../parts/time';
import { useSession } from '../session/useSession';
import { Panel } from './Panel';

const MEDIAN = 0.5;

/** Lists the duration of each request, from sending it to the start of its response. */
export function RoundTrips() {
  const roundTrips = useRoundTrips();
  const { actions, writes } = useSaved();
  const ownPath = streamPath(useSession().stream);
  const answered = roundTrips.filter(({ status }) => status !== undefined);
  const sorted = answered.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) * MEDIAN)];
  return (
    <Panel
      title="Round trips"
      className="trips"
      tools={
        <span className="note">
          {median !== undefined
            ? `Median ${formatMs(median)} of ${answered.length}`
            : roundTrips.length === 0
              ? 'None yet'
              : 'No response yet'}
          {writes > 0 && ` · ${actions} actions in ${writes} requests`}
        </span>
      }
    >
      <Bars roundTrips={roundTrips} />
      <div className="scroll" role="group" aria-label="List of round trips" tabIndex={0}>
        <ol aria-label="Round trips" reversed>
          {roundTrips.map(({ number, at, method, path, durationMs, status }) => (
            <li key={number} data-write={method !== 'GET'}>
              <time>{formatTime(at)}</time>
              <code title={path}>
                {method} {path.replace(ownPath, '…')}
              </code>
              <span className="mark" data-ok={status !== undefined && status < 400}>
                {status ?? 'no response'}
              </span>
              <span className="ms">{formatMs(durationMs)}</span>
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  );
}

const formatMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

const BARS = 60;
const BAR_HEIGHT = 28;
const LEAST_HEIGHT = 2;

/** A chart of the durations, newest on the right. The list is its text alternative. */
function Bars({ roundTrips }: { roundTrips: readonly RoundTrip[] }) {
  const newest = roundTrips.slice(0, BARS).toReversed();
  const longestMs = Math.max(1, ...newest.map(({ durationMs }) => durationMs));
  return (
    <svg
      className="bars"
      viewBox={`0 0 ${BARS} ${BAR_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      {newest.map(({ number, durationMs, method, status }, index) => {
        const height = Math.max(LEAST_HEIGHT, (durationMs / longestMs) * BAR_HEIGHT);
        return (
          <rect
            key={number}
            x={BARS - newest.length + index + 0.15}
            y={BAR_HEIGHT - height}
            width={0.7}
            height={height}
            data-write={method !== 'GET'}
            data-ok={status !== undefined}
          />
        );
      })}
    </svg>
  );
}
