import type { UnknownAction } from '@reduxjs/toolkit';
import type { Outcome } from '@roundtrip/client';
import { useId, useState } from 'react';
import { useDispatch } from 'react-redux';
import { resolve, type ActionKind } from '../api/openapi';
import { templateOf } from '../api/template';
import { useApi } from '../api/useApi';
import type { Json } from '../json';
import { Refusal } from '../parts/Refusal';
import { useSession } from '../session/useSession';
import { Answer } from './Answer';

const FEWEST_ROWS = 3;
const MOST_ROWS = 16;

/** A form that dispatches any action of the store, with its payload as JSON. */
export function Dispatch() {
  const { stores } = useApi();
  const { store } = useSession().stream;
  const kinds = stores.find(({ name }) => name === store)?.actions ?? [];
  const [type, setType] = useState(kinds[0]?.type);
  const kind = kinds.find((one) => one.type === type);
  const typeId = useId();
  if (kind === undefined) return <p className="note">The store takes no actions.</p>;
  return (
    <>
      <div className="field">
        <label htmlFor={typeId}>Action</label>
        <select
          id={typeId}
          value={type}
          onChange={(event) => {
            setType(event.target.value);
          }}
        >
          {kinds.map((one) => (
            <option key={one.type}>{one.type}</option>
          ))}
        </select>
      </div>
      {kind.description !== '' && <p className="note">{kind.description}</p>}
      <ActionForm key={kind.type} kind={kind} />
    </>
  );
}

function ActionForm({ kind: { type, payload } }: { kind: ActionKind }) {
  const { schemas } = useApi();
  const { attempt, answer, refusal } = useAnswer();
  const template =
    payload === undefined ? '' : JSON.stringify(templateOf(payload, schemas), null, 2);
  const [text, setText] = useState(template);
  const id = useId();
  const rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, text.split('\n').length));
  return (
    <form
      aria-label={`Dispatch ${type}`}
      onSubmit={(event) => {
        event.preventDefault();
        attempt(type, payload === undefined ? undefined : text);
      }}
    >
      {payload !== undefined && (
        <>
          <div className="field">
            <label htmlFor={id}>Payload</label>
            <textarea
              id={id}
              rows={rows}
              spellCheck={false}
              autoComplete="off"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
              }}
            />
          </div>
          <details>
            <summary>Schema of the payload</summary>
            <pre className="json" role="region" aria-label="Schema of the payload" tabIndex={0}>
              {JSON.stringify(resolve(payload, schemas), null, 2)}
            </pre>
          </details>
        </>
      )}
      <div className="buttons">
        <button type="submit" className="primary">
          Dispatch
        </button>
        {text !== template && (
          <button
            type="button"
            onClick={() => {
              setText(template);
            }}
          >
            Reset to template
          </button>
        )}
      </div>
      <Refusal text={refusal} />
      <Answer answer={answer} />
    </form>
  );
}

/** Dispatches actions, and keeps the answer to the last one. */
function useAnswer() {
  const { sync } = useSession();
  const dispatch = useDispatch();
  const [refusal, setRefusal] = useState('');
  const [answer, setAnswer] = useState<{ action: UnknownAction; outcome?: Outcome }>();
  const attempt = (type: string, text: string | undefined) => {
    let action: UnknownAction;
    try {
      const payload = text === undefined ? {} : { payload: JSON.parse(text) as Json };
      action = dispatch({ type, ...payload });
    } catch (error) {
      // The text is not JSON, or JSON that cannot be sent, such as a lone surrogate.
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      setRefusal(`Payload: expected JSON; ${error.message}`);
      return;
    }
    setRefusal('');
    setAnswer({ action });
    const keep = (outcome: Outcome): void => {
      // The user may have dispatched another action in the meantime.
      setAnswer((current) => (current?.action === action ? { action, outcome } : current));
    };
    // The session may be closed before the server answers: then nobody waits for it.
    sync.settled(action).then(keep, () => undefined);
  };
  return { attempt, refusal, answer };
}
