/** A form's error message; it keeps its space while it is empty. */
export function Refusal({ text }: { text: string }) {
  return (
    <p className="refusal" role="alert">
      {text}
    </p>
  );
}
