import { computed, DestroyRef, effect, inject, Injectable } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { configureStore } from '@reduxjs/toolkit';
import { createRoundtrip } from '@roundtrip/client';
import { from } from 'rxjs';
import { Auth } from './auth';
import { reducer } from './slices';

const url = 'https://api.example.com';
const workout = { store: 'workouts', id: 'w-1', slices: ['plan', 'sets'] };

@Injectable({ providedIn: 'root' })
export class WorkoutStore {
  readonly #auth = inject(Auth);
  readonly #roundtrip = createRoundtrip({ url, ...workout, headers: this.#auth.headers });
  readonly #store = configureStore({
    reducer: this.#roundtrip.reducer(reducer),
    middleware: (defaults) => defaults().concat(this.#roundtrip.middleware),
  });
  readonly #state = toSignal(from(this.#store), { requireSync: true });
  readonly plan = computed(() => this.#state().plan);
  readonly done = computed(() => this.#state().sets.done);
  readonly sync = computed(() => this.#roundtrip.select(this.#state()));
  readonly dispatch = this.#store.dispatch;

  constructor() {
    effect(() => {
      if (this.#auth.token()) this.#roundtrip.resume();
    });
    inject(DestroyRef).onDestroy(() => void this.#roundtrip.close());
  }
}
