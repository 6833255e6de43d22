import { useState } from 'react';
import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import { salesOrders } from './salesOrders';
import type { Header, Order } from '../types';
import { HeaderFields } from './HeaderFields';

export function OrderHeader({ order }: { order: Order }) {
  const { attempt, refusal } = useAttempt();
  const [edited, setEdited] = useState<Header>();
  const header = edited ?? { customer: order.customer, currency: order.currency };
  return (
    <form
      aria-label="Header"
      onSubmit={(event) => {
        event.preventDefault();
        if (attempt(salesOrders.actions.headerChanged(header))) setEdited(undefined);
      }}
    >
      <fieldset className="fields" disabled={order.status !== 'draft'}>
        <HeaderFields value={header} onChange={setEdited} />
        <button type="submit">Save header</button>
      </fieldset>
      <Refusal text={refusal} />
    </form>
  );
}
