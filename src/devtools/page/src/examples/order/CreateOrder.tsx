import { useState } from 'react';
import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import { salesOrders } from './salesOrders';
import { HeaderFields } from './HeaderFields';

export function CreateOrder() {
  const { attempt, refusal } = useAttempt();
  const [header, setHeader] = useState({ customer: '', currency: 'EUR' });
  return (
    <form
      aria-label="Create order"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(salesOrders.actions.created({ ...header, lines: [] }));
      }}
    >
      <div className="fields">
        <HeaderFields value={header} onChange={setHeader} />
        <button type="submit" className="primary">
          Create order
        </button>
      </div>
      <Refusal text={refusal} />
    </form>
  );
}
