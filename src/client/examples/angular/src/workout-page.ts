import { Component, computed, inject, Input } from '@angular/core';
import {
  IonBadge,
  IonCheckbox,
  IonContent,
  IonHeader,
  IonItem,
  IonList,
  IonTitle,
  IonToolbar,
} from '@ionic/angular';
import { type DoneSet, sets } from './slices';
import { WorkoutStore } from './workout-store';

@Component({
  selector: 'app-workout',
  imports: [IonBadge, IonCheckbox, IonContent, IonHeader, IonItem, IonList, IonTitle, IonToolbar],
  template: `
    <ion-header>
      <ion-toolbar>
        <ion-title>{{ workout.plan().name || 'Workout' }}</ion-title>
        <ion-badge slot="end" role="status">
          {{ workout.status() }}
          @if (workout.pending().length; as pending) {
            ({{ pending }})
          }
        </ion-badge>
      </ion-toolbar>
    </ion-header>
    <ion-content>
      <ion-list>
        @for (row of rows(); track row.set.id) {
          <ion-item>
            <ion-checkbox [checked]="row.done" (ionChange)="tick(row.set, $event.detail.checked)">
              {{ row.name }}: {{ row.set.reps }} × {{ row.set.weightGrams / 1000 }} kg
            </ion-checkbox>
          </ion-item>
        } @empty {
          <ion-item>No exercises yet.</ion-item>
        }
      </ion-list>
    </ion-content>
  `,
})
export class WorkoutPage {
  protected readonly workout = inject(WorkoutStore);
  readonly #doneIds = computed(() => new Set(this.workout.done().map(({ id }) => id)));
  protected readonly rows = computed(() =>
    this.workout.plan().exercises.flatMap(({ id: exerciseId, name, sets, reps, weightGrams }) =>
      Array.from({ length: sets }, (_, index) => {
        // Two devices that tick the same set give it the same id, so it counts once.
        const id = `${exerciseId}.${index + 1}`;
        return { name, done: this.#doneIds().has(id), set: { id, exerciseId, reps, weightGrams } };
      }),
    ),
  );

  /** The workout's id, for example from the route. */
  @Input({ required: true })
  set id(id: string) {
    this.workout.show(id);
  }

  protected tick(set: DoneSet, done: boolean): void {
    this.workout.dispatch(done ? sets.actions.completed(set) : sets.actions.removed(set));
  }
}
