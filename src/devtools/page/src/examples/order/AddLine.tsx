import { useRef, useState } from 'react';
import { Field } from '../../parts/Field';
import { currencyDigits, parseMoney } from './money';
import { formatDecimal } from '../parts/decimal';
import { Refusal } from '../../parts/Refusal';
import { startAgain } from '../parts/startAgain';
import { useAttempt } from '../parts/useAttempt';
import { salesOrders } from './salesOrders';

const EMPTY = { sku: '', quantity: '1', price: '' };
const EXAMPLE_CENTS = 450;

export function AddLine({ currency }: { currency: string }) {
  const { attempt, refusal, refuse } = useAttempt();
  const [line, setLine] = useState(EMPTY);
  const form = useRef<HTMLFormElement>(null);
  const example = formatDecimal(EXAMPLE_CENTS, currencyDigits(currency));

  const add = () => {
    const unitPriceCents = parseMoney(line.price, currency);
    if (unitPriceCents === undefined) {
      refuse(`Unit price: expected an amount such as ${example}, received “${line.price}”.`);
      return;
    }
    const quantity = Number(line.quantity);
    if (attempt(salesOrders.actions.lineAdded({ sku: line.sku, quantity, unitPriceCents }))) {
      setLine(EMPTY);
      startAgain(form.current);
    }
  };

  return (
    <form
      ref={form}
      aria-label="Add line"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <div className="fields">
        <Field
          label="SKU"
          className="grow"
          required
          maxLength={64}
          value={line.sku}
          onChange={(event) => {
            setLine({ ...line, sku: event.target.value });
          }}
        />
        <Field
          label="Quantity"
          className="tiny"
          type="number"
          required
          min={1}
          max={1_000_000}
          value={line.quantity}
          onChange={(event) => {
            setLine({ ...line, quantity: event.target.value });
          }}
        />
        <Field
          label="Unit price"
          className="short"
          inputMode="decimal"
          required
          placeholder={example}
          value={line.price}
          onChange={(event) => {
            setLine({ ...line, price: event.target.value });
          }}
        />
        <button type="submit">Add line</button>
      </div>
      <Refusal text={refusal} />
    </form>
  );
}
