import { useState } from 'react';
import { useSelector } from 'react-redux';
import { Field } from '../../parts/Field';
import { Refusal } from '../../parts/Refusal';
import { useAttempt } from '../parts/useAttempt';
import type { WorkoutRoot } from './root';
import { plan } from './plan';

export function WorkoutName() {
  const name = useSelector((state: WorkoutRoot) => state.plan.name);
  const { attempt, refusal } = useAttempt();
  const [edited, setEdited] = useState<string>();
  return (
    <form
      aria-label="Name"
      onSubmit={(event) => {
        event.preventDefault();
        if (attempt(plan.actions.named({ name: edited ?? name }))) setEdited(undefined);
      }}
    >
      <div className="fields">
        <Field
          label="Workout name"
          className="grow"
          required
          maxLength={200}
          placeholder="Monday, legs"
          value={edited ?? name}
          onChange={(event) => {
            setEdited(event.target.value);
          }}
        />
        <button type="submit">Save name</button>
      </div>
      <Refusal text={refusal} />
    </form>
  );
}
