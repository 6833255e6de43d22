import { useSelector } from 'react-redux';
import { AppHeading } from '../../parts/AppHeading';
import { isDeleted, isOrder } from './salesOrders';
import type { OrderRoot } from './root';
import { AddLine } from './AddLine';
import { CreateOrder } from './CreateOrder';
import { OrderHeader } from './OrderHeader';
import { OrderLines } from './OrderLines';
import { OrderSteps } from './OrderSteps';
import { RecentOrders } from './RecentOrders';

export function OrderApp() {
  const order = useSelector((state: OrderRoot) => state.salesOrders);
  return (
    <section className="app" aria-label="Sales order">
      <AppHeading state={isOrder(order) ? order.status : isDeleted(order) ? 'deleted' : 'new'} />
      {isOrder(order) ? (
        <>
          <OrderHeader order={order} />
          <OrderLines order={order} />
          {order.status === 'draft' && <AddLine currency={order.currency} />}
          <OrderSteps />
          {order.mailed === true && <p className="note">The customer was told by mail.</p>}
        </>
      ) : isDeleted(order) ? (
        <p className="note">This order is deleted. Its history is still in the console.</p>
      ) : (
        <CreateOrder />
      )}
      <RecentOrders />
    </section>
  );
}
