interface NoticeProps {
  readonly text: string;
  readonly onRetry?: () => void;
}

/** A message in place of the page when it cannot be shown. */
export function Notice({ text, onRetry }: NoticeProps) {
  return (
    <main className="notice">
      <h1>Roundtrip</h1>
      <p role="alert">{text}</p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </main>
  );
}
