import { useId } from 'react';
import { Panel } from './Panel';
import type { StateReading } from './useStream';

interface TimeTravelProps {
  /** The state at the shown version. */
  readonly state: StateReading;
  readonly head: number;
  readonly shown: number;
  readonly onSelect: (version: number) => void;
}

/** Shows the state at any version, as the server computes it. */
export function TimeTravel({ state, head, shown, onSelect }: TimeTravelProps) {
  const id = useId();
  return (
    <Panel title="Time travel" className="travel">
      <div className="slider">
        <label htmlFor={id}>Version</label>
        <input
          id={id}
          type="range"
          min={Math.min(1, head)}
          max={head}
          value={shown}
          disabled={head === 0}
          aria-valuetext={`${shown} of ${head}`}
          onChange={(event) => {
            onSelect(Number(event.target.value));
          }}
        />
        <output htmlFor={id}>
          {shown} of {head}
        </output>
        <button
          type="button"
          disabled={shown === head}
          onClick={() => {
            onSelect(head);
          }}
        >
          Latest
        </button>
      </div>
      <pre
        className="scroll"
        role="region"
        aria-label={`State at version ${shown}`}
        tabIndex={0}
        aria-busy={state.isBusy}
      >
        {state.failure ?? JSON.stringify(state.value, null, 2)}
      </pre>
    </Panel>
  );
}
