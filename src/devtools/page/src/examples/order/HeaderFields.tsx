import { Field } from '../../parts/Field';
import type { Header } from '../types';

interface HeaderFieldsProps {
  readonly value: Header;
  readonly onChange: (value: Header) => void;
}

export function HeaderFields({ value, onChange }: HeaderFieldsProps) {
  return (
    <>
      <Field
        label="Customer"
        className="grow"
        required
        maxLength={200}
        value={value.customer}
        onChange={(event) => {
          onChange({ ...value, customer: event.target.value });
        }}
      />
      <Field
        label="Currency"
        className="short"
        required
        pattern="[A-Z]{3}"
        title="Three capital letters, such as EUR"
        maxLength={3}
        value={value.currency}
        onChange={(event) => {
          onChange({ ...value, currency: event.target.value.toUpperCase() });
        }}
      />
    </>
  );
}
