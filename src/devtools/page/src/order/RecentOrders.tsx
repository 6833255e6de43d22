import { readRecentOrders } from '../network/reads';
import { useRead } from '../network/useRead';
import { formatMoney } from '../parts/money';
import { Recent } from '../parts/Recent';
import { useSync } from '../session/useSession';

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
