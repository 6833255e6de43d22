import type { Network } from '../../network/network';
import { readStreams } from '../../network/reads';
import { useRead } from '../../network/useRead';
import { formatDateTime } from '../../parts/time';
import { Recent } from '../../parts/Recent';
import { useSync } from '../../session/useSession';

const readRecentWorkouts = (network: Network, signal: AbortSignal) =>
  readStreams(network, 'workouts', undefined, signal);

export function RecentWorkouts() {
  const { value, failure } = useRead(readRecentWorkouts, useSync().version);
  return (
    <Recent
      title="Recent workouts"
      failure={failure}
      items={value?.items.map((workout) => ({
        id: workout.id,
        text: workout.id,
        detail: formatDateTime(Date.parse(workout.updatedAt)),
        amount: `version ${workout.version}`,
      }))}
    />
  );
}
