import type { UnknownAction } from '@reduxjs/toolkit';
import { CommittedInput } from '../parts/CommittedInput';
import { formatKilograms } from './weight';
import { sets } from './sets';
import type { CompletedSet, Exercise } from '../types';
import { MAX_REPS } from './limits';
import { readWeight } from './readWeight';

interface SetRowProps {
  readonly id: string;
  readonly number: number;
  readonly exercise: Exercise;
  /** `undefined` if the set is not done yet. */
  readonly done: CompletedSet | undefined;
  readonly attempt: (action: UnknownAction) => boolean;
  readonly refuse: (text: string) => void;
}

/** A set: a box to tick, and the actual reps and weight, which may differ from the plan. */
export function SetRow({ id, number, exercise, done, attempt, refuse }: SetRowProps) {
  const { completed, corrected, removed } = sets.actions;
  const { reps, weightGrams } = done ?? exercise;
  const label = `set ${number} of ${exercise.name}`;
  return (
    <li data-done={done !== undefined}>
      <label>
        <input
          type="checkbox"
          aria-label={`Set ${number} of ${exercise.name}`}
          checked={done !== undefined}
          onChange={() =>
            attempt(
              done === undefined
                ? completed({ id, exerciseId: exercise.id, reps, weightGrams })
                : removed({ id }),
            )
          }
        />
        <span aria-hidden="true">{number}</span>
      </label>
      <CommittedInput
        type="number"
        aria-label={`Reps in ${label}`}
        required
        min={0}
        max={MAX_REPS}
        disabled={done === undefined}
        value={String(reps)}
        onCommit={(text) => {
          attempt(corrected({ id, reps: Number(text) }));
        }}
      />
      <span aria-hidden="true">×</span>
      <CommittedInput
        inputMode="decimal"
        aria-label={`Weight in ${label} in kg`}
        required
        disabled={done === undefined}
        value={formatKilograms(weightGrams)}
        onCommit={(text) => {
          const weight = readWeight(text);
          if ('refusal' in weight) refuse(weight.refusal);
          else attempt(corrected({ id, weightGrams: weight.grams }));
        }}
      />
      <span aria-hidden="true">kg</span>
    </li>
  );
}
