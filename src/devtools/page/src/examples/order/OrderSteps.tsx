import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import { salesOrders } from './salesOrders';

const { confirmed, cancelled, deleted } = salesOrders.actions;

/** Actions on the whole order. The reducer refuses invalid ones with a reason. */
export function OrderSteps() {
  const { attempt, refusal } = useAttempt();
  return (
    <div>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => attempt(confirmed())}>
          Confirm order
        </button>
        <button type="button" onClick={() => attempt(cancelled())}>
          Cancel order
        </button>
        <button type="button" className="danger" onClick={() => attempt(deleted())}>
          Delete order
        </button>
      </div>
      <Refusal text={refusal} />
    </div>
  );
}
