import { useState, type InputHTMLAttributes } from 'react';

interface CommittedInputProps extends Omit<
  InputHTMLAttributes<HTMLInputElement>,
  'value' | 'onChange'
> {
  /** What the store holds. */
  readonly value: string;
  /** Takes what was typed; it is called on Enter and when the input loses the focus. */
  readonly onCommit: (text: string) => void;
}

/** An input that shows the store's value, but for what is being typed, until that is committed. */
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
