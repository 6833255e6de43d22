import { useSelector } from 'react-redux';
import { AppHeading } from '../../parts/AppHeading';
import type { WorkoutRoot } from './root';
import { AddExercise } from './AddExercise';
import { ExerciseCard } from './ExerciseCard';
import { RecentWorkouts } from './RecentWorkouts';
import { WorkoutName } from './WorkoutName';

export function WorkoutApp() {
  const exercises = useSelector((state: WorkoutRoot) => state.plan.exercises);
  return (
    <section className="app" aria-label="Workout">
      <AppHeading />
      <WorkoutName />
      {exercises.length === 0 && <p className="note">No exercises yet.</p>}
      {exercises.map((exercise) => (
        <ExerciseCard key={exercise.id} exercise={exercise} />
      ))}
      <AddExercise />
      <RecentWorkouts />
    </section>
  );
}
