/** The line in which a form says why it was refused; it takes its room also while it is empty. */
export function Refusal({ text }: { text: string }) {
  return (
    <p className="refusal" role="alert">
      {text}
    </p>
  );
}
