import { computed, DestroyRef, effect, inject, Injectable, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { configureStore } from '@reduxjs/toolkit';
import { createRoundtrip, type Stream } from '@roundtrip/client';
import { from } from 'rxjs';
import { Auth } from './auth';
import { reducer } from './slices';

@Injectable({ providedIn: 'root' })
export class WorkoutStore {
  readonly #auth = inject(Auth);
  readonly #roundtrip = createRoundtrip({
    url: 'https://api.example.com',
    stores: { workouts: { slices: ['plan', 'sets'] } },
    headers: this.#auth.headers,
  });
  readonly #store = configureStore({
    reducer: this.#roundtrip.reducer(reducer),
    middleware: (defaults) => defaults().concat(this.#roundtrip.middleware),
  });
  readonly #state = toSignal(from(this.#store), { requireSync: true });
  readonly #workout = signal<Stream | undefined>(undefined);
  readonly plan = computed(() => this.#state().plan);
  readonly done = computed(() => this.#state().sets.done);
  /** Of all workouts: what waits for one that is not shown is still sent. */
  readonly status = computed(() => this.#roundtrip.selectStatus(this.#state()));
  readonly pending = computed(() => this.#roundtrip.selectPending(this.#state()));
  readonly dispatch = this.#store.dispatch;

  constructor() {
    effect(() => {
      if (this.#auth.token()) this.#roundtrip.resume();
    });
    inject(DestroyRef).onDestroy(() => void this.#roundtrip.close());
  }

  /** Shows a workout in place of the one before. */
  show(id: string): void {
    this.#workout()?.close();
    this.#workout.set(this.#roundtrip.open({ store: 'workouts', id }));
  }
}
