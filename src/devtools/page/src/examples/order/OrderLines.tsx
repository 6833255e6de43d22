import { CommittedInput } from '../parts/CommittedInput';
import { formatMoney } from './money';
import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import { salesOrders } from './salesOrders';
import type { Order } from '../types';

const { lineQuantityChanged, lineRemoved } = salesOrders.actions;

export function OrderLines({ order }: { order: Order }) {
  const { attempt, refusal } = useAttempt();
  const money = (cents: number) => formatMoney(cents, order.currency);
  const isDraft = order.status === 'draft';
  return (
    <>
      <table className="lines" aria-label="Lines">
        <thead>
          <tr>
            <th scope="col">SKU</th>
            <th scope="col" className="number">
              Quantity
            </th>
            <th scope="col" className="number wide-only">
              Unit price
            </th>
            <th scope="col" className="number">
              Total
            </th>
            <td className="end" />
          </tr>
        </thead>
        <tbody>
          {order.lines.map((line) => (
            <tr key={line.sku}>
              <th scope="row">
                {line.sku}
                <span className="narrow-only">at {money(line.unitPriceCents)}</span>
              </th>
              <td className="number">
                <CommittedInput
                  type="number"
                  aria-label={`Quantity of ${line.sku}`}
                  required
                  min={1}
                  max={1_000_000}
                  disabled={!isDraft}
                  value={String(line.quantity)}
                  onCommit={(text) => {
                    attempt(lineQuantityChanged({ sku: line.sku, quantity: Number(text) }));
                  }}
                />
              </td>
              <td className="number wide-only">{money(line.unitPriceCents)}</td>
              <td className="number">{money(line.totalCents)}</td>
              <td className="end">
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Remove ${line.sku}`}
                  disabled={!isDraft}
                  onClick={() => {
                    attempt(lineRemoved({ sku: line.sku }));
                  }}
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
          {order.lines.length === 0 && (
            <tr>
              <td className="note" colSpan={5}>
                No lines yet.
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <p className="total">
        Total <output aria-label="Total">{money(order.totalCents)}</output>
      </p>
      <Refusal text={refusal} />
    </>
  );
}
