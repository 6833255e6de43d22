import type { Outcome } from '@roundtrip/client';
import { problemText } from '../parts/problemText';

interface AnswerProps {
  /** The last dispatched action; it has no outcome until the server answers. */
  readonly answer: { readonly outcome?: Outcome } | undefined;
}

/** Shows the server's answer to an action. */
export function Answer({ answer }: AnswerProps) {
  return (
    <div className="answer" role="status" aria-label="Answer">
      {answer !== undefined && <Said outcome={answer.outcome} />}
    </div>
  );
}

function Said({ outcome }: { outcome: Outcome | undefined }) {
  if (outcome === undefined) return <p className="note">Waiting for the server.</p>;
  if (outcome.status === 'applied') {
    return <p className="good">Applied: the stream is at version {outcome.version}.</p>;
  }
  if (outcome.status === 'discarded') return <p className="note">Discarded.</p>;
  const { problem } = outcome;
  const errors = Array.isArray(problem['errors']) ? (problem['errors'] as unknown[]) : [];
  return (
    <>
      <p className="bad">Refused: {problemText(problem)}</p>
      <ul className="bad" aria-label="Errors">
        {errors.map((error) => {
          const text = JSON.stringify(error);
          return (
            <li key={text}>
              <code>{text}</code>
            </li>
          );
        })}
      </ul>
    </>
  );
}
