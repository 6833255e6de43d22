import { useId, useMemo, useState } from 'react';
import type { Json } from '../json';
import { changesBetween, type Change } from './changes';
import { Panel } from './Panel';
import type { PastStates } from './pastStates';
import { useStateAt, type StateReading } from './useStream';

interface ChangesProps {
  readonly states: PastStates;
  readonly head: number;
  readonly shown: number;
  /** The state at the shown version. */
  readonly state: StateReading;
}

const SIGNS: Record<Change['kind'], string> = {
  added: '+',
  removed: '−',
  changed: '~',
  reordered: '↕',
};

/** Lists the differences between the shown version and another one. */
export function Changes({ states, head, shown, state }: ChangesProps) {
  const id = useId();
  const [chosen, setChosen] = useState('');
  const previous = Math.max(0, shown - 1);
  const other = /^\d+$/.test(chosen) ? Math.min(Number(chosen), head) : previous;
  const [older, newer] = [Math.min(other, shown), Math.max(other, shown)];
  const otherState = useStateAt(states, other);
  const [from, to] = other === older ? [otherState, state] : [state, otherState];
  const failure = from.failure ?? to.failure;
  const isBusy = from.isBusy || to.isBusy;
  const changes = useMemo(
    () =>
      isBusy || from.value === undefined || to.value === undefined
        ? []
        : [...changesBetween(from.value, to.value)],
    [isBusy, from.value, to.value],
  );
  const outcome = isBusy ? ' …' : changes.length === 0 ? ': no change.' : '';
  return (
    <Panel
      title="Changes"
      className="changes"
      tools={
        <span className="compare">
          <label htmlFor={id}>Compare with version</label>
          <input
            id={id}
            type="number"
            min={0}
            max={head}
            placeholder={String(previous)}
            value={chosen}
            onChange={(event) => {
              setChosen(event.target.value);
            }}
          />
        </span>
      }
    >
      <div
        className="scroll"
        role="group"
        aria-label="Differences between the versions"
        tabIndex={0}
      >
        <p className="note">{failure ?? `From version ${older} to ${newer}${outcome}`}</p>
        <ul aria-label="Changes">
          {changes.map((change) => (
            <li key={`${change.kind} ${change.path}`} data-kind={change.kind}>
              <span className="sign" aria-label={change.kind}>
                {SIGNS[change.kind]}
              </span>
              <code>{change.path}</code> <Values {...change} />
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function Values({ before, after }: Change) {
  return (
    <span className="values">
      {before !== undefined && <del>{shortText(before)}</del>}
      {before !== undefined && after !== undefined && ' → '}
      {after !== undefined && <ins>{shortText(after)}</ins>}
    </span>
  );
}

const shortText = (value: Json): string => JSON.stringify(value);
