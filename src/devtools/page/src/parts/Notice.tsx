interface NoticeProps {
  readonly text: string;
  readonly onRetry?: () => void;
}

/** What is shown in place of the page when there is nothing to show it of. */
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
