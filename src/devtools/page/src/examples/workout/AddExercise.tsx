import { useRef, useState } from 'react';
import { Field } from '../../parts/Field';
import { Refusal } from '../../parts/Refusal';
import { startAgain } from '../parts/startAgain';
import { useAttempt } from '../parts/useAttempt';
import { plan } from './plan';
import { MAX_REPS, MAX_SETS_OF_EXERCISE } from './limits';
import { readWeight } from './readWeight';

const EMPTY = { name: '', sets: '3', reps: '5', weight: '' };

export function AddExercise() {
  const { attempt, refusal, refuse } = useAttempt();
  const [exercise, setExercise] = useState(EMPTY);
  const form = useRef<HTMLFormElement>(null);

  const add = () => {
    const weight = readWeight(exercise.weight);
    if ('refusal' in weight) {
      refuse(weight.refusal);
      return;
    }
    const added = attempt(
      plan.actions.exerciseAdded({
        id: crypto.randomUUID().slice(0, 8),
        name: exercise.name,
        sets: Number(exercise.sets),
        reps: Number(exercise.reps),
        weightGrams: weight.grams,
      }),
    );
    if (added) {
      setExercise(EMPTY);
      startAgain(form.current);
    }
  };

  const field = (name: keyof typeof EMPTY) => ({
    required: true,
    value: exercise[name],
    onChange: (event: { target: { value: string } }) => {
      setExercise({ ...exercise, [name]: event.target.value });
    },
  });

  return (
    <form
      ref={form}
      aria-label="Add exercise"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <div className="fields">
        <Field label="Exercise" className="grow" maxLength={200} {...field('name')} />
        <Field
          label="Sets"
          className="tiny"
          type="number"
          min={1}
          max={MAX_SETS_OF_EXERCISE}
          {...field('sets')}
        />
        <Field
          label="Reps"
          className="tiny"
          type="number"
          min={0}
          max={MAX_REPS}
          {...field('reps')}
        />
        <Field
          label="Weight in kg"
          className="short"
          inputMode="decimal"
          placeholder="62.5"
          {...field('weight')}
        />
        <button type="submit">Add exercise</button>
      </div>
      <Refusal text={refusal} />
    </form>
  );
}
