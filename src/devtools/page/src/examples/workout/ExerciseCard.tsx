import { useSelector } from 'react-redux';
import { CommittedInput } from '../parts/CommittedInput';
import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import { formatKilograms } from './weight';
import type { WorkoutRoot } from './root';
import { plan } from './plan';
import type { Exercise } from '../types';
import { MAX_REPS, MAX_SETS_OF_EXERCISE } from './limits';
import { readWeight } from './readWeight';
import { SetRow } from './SetRow';

export function ExerciseCard({ exercise }: { exercise: Exercise }) {
  const { attempt, refusal, refuse } = useAttempt();
  const done = useSelector((state: WorkoutRoot) => state.sets.done);
  const { id, name, sets, reps, weightGrams } = exercise;
  const own = done.filter((set) => set.exerciseId === id);
  // Two tabs that tick the same box send the same set id, so the set counts once.
  const planned = Array.from({ length: sets }, (_, index) => `${id}.${index + 1}`);
  const more = own.map((set) => set.id).filter((setId) => !planned.includes(setId));

  const change = (changes: Partial<Exercise>) => {
    attempt(plan.actions.exerciseChanged({ id, ...changes }));
  };
  const changeWeight = (text: string) => {
    const weight = readWeight(text);
    if ('refusal' in weight) refuse(weight.refusal);
    else change({ weightGrams: weight.grams });
  };

  return (
    <fieldset className="exercise">
      <legend>{name}</legend>
      <div className="target">
        <CommittedInput
          type="number"
          aria-label={`Sets of ${name}`}
          required
          min={1}
          max={MAX_SETS_OF_EXERCISE}
          value={String(sets)}
          onCommit={(text) => {
            change({ sets: Number(text) });
          }}
        />
        <span aria-hidden="true">×</span>
        <CommittedInput
          type="number"
          aria-label={`Reps of ${name}`}
          required
          min={0}
          max={MAX_REPS}
          value={String(reps)}
          onCommit={(text) => {
            change({ reps: Number(text) });
          }}
        />
        <span aria-hidden="true">at</span>
        <CommittedInput
          inputMode="decimal"
          aria-label={`Weight of ${name} in kg`}
          required
          value={formatKilograms(weightGrams)}
          onCommit={changeWeight}
        />
        <span aria-hidden="true">kg</span>
        <span className="done">
          {own.length} of {sets} done
        </span>
        <button
          type="button"
          className="quiet"
          aria-label={`Remove ${name}`}
          onClick={() => attempt(plan.actions.exerciseRemoved({ id }))}
        >
          ×
        </button>
      </div>
      <ol className="sets">
        {[...planned, ...more].map((setId, index) => (
          <SetRow
            key={setId}
            id={setId}
            number={index + 1}
            exercise={exercise}
            done={own.find((set) => set.id === setId)}
            attempt={attempt}
            refuse={refuse}
          />
        ))}
      </ol>
      <Refusal text={refusal} />
    </fieldset>
  );
}
