import type { Network } from '../../network/network';
import { readJson } from '../../network/reads';
import { useRead } from '../../network/useRead';
import { formatMoney } from './money';
import { Recent } from '../../parts/Recent';
import { useSync } from '../../session/useSession';

interface OrderSummary {
  readonly id: string;
  readonly customer: string;
  readonly currency: string;
  readonly status: string;
  readonly totalCents: number;
}

const RECENT = 10;

async function readRecentOrders(
  network: Network,
  signal: AbortSignal,
): Promise<readonly OrderSummary[]> {
  const answer = await readJson(network, `/sales-orders?limit=${RECENT}`, signal);
  return (answer as { items: OrderSummary[] }).items;
}

export function RecentOrders() {
  const { value, failure } = useRead(readRecentOrders, useSync().version);
  return (
    <Recent
      title="Recent orders"
      failure={failure}
      items={value?.map((order) => ({
        id: order.id,
        text: order.customer,
        detail: order.status,
        amount: formatMoney(order.totalCents, order.currency),
      }))}
    />
  );
}
