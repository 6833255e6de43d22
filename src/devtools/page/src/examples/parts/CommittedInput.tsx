import { useState, type InputHTMLAttributes } from 'react';

interface CommittedInputProps extends Omit<
  InputHTMLAttributes<HTMLInputElement>,
  'value' | 'onChange'
> {
  /** The value in the store. */
  readonly value: string;
  /** Called with the typed text on Enter and when the input loses focus. */
  readonly onCommit: (text: string) => void;
}

/** An input that shows the store's value, and the typed text until it is committed. */
export function CommittedInput({ value, onCommit, ...input }: CommittedInputProps) {
  const [draft, setDraft] = useState<string>();
  const commit = (target: HTMLInputElement) => {
    if (draft === undefined) return;
    if (draft !== value) {
      if (!target.reportValidity()) return;
      onCommit(draft);
    }
    setDraft(undefined);
  };
  return (
    <input
      autoComplete="off"
      {...input}
      value={draft ?? value}
      onChange={(event) => {
        setDraft(event.target.value);
      }}
      onBlur={(event) => {
        commit(event.target);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(event.currentTarget);
        if (event.key === 'Escape') setDraft(undefined);
      }}
    />
  );
}
