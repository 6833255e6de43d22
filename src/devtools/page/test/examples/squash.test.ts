import { expect, it } from 'vitest';
import { plan } from '../../src/examples/workout/plan';
import { squash } from '../../src/examples/workout/squash';

const { exerciseAdded, exerciseChanged, named } = plan.actions;

const squat = { id: 'e-1', name: 'Squat', sets: 3, reps: 5, weightGrams: 60_000 };
const before = plan.reducer(undefined, exerciseAdded(squat));
const first = exerciseChanged({ id: 'e-1', reps: 6, weightGrams: 62_500 });
const second = exerciseChanged({ id: 'e-1', reps: 8 });

it('one change does what the two did', () => {
  const merged = squash(first, second);
  expect(merged).toStrictEqual(exerciseChanged({ id: 'e-1', reps: 8, weightGrams: 62_500 }));
  expect(plan.reducer(before, merged as never)).toStrictEqual(
    plan.reducer(plan.reducer(before, first), second),
  );
});

it.each([
  ['of another exercise', exerciseChanged({ id: 'e-2', reps: 8 })],
  ['of another type', named({ name: 'Monday' })],
])('a change %s is sent on its own', (_, other) => {
  expect(squash(first, other)).toBeUndefined();
});
