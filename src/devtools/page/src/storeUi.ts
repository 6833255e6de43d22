import type { Reducer } from '@reduxjs/toolkit';
import type { ComponentType } from 'react';

/** A view of its own for one store, beside the one that any store has. */
export interface StoreUi {
  /** The store on the server. It is offered where the API has one of this name. */
  readonly store: string;
  readonly title: string;
  /** What one stream is called in a sentence. */
  readonly noun: string;
  /** Begins the ids of new streams. */
  readonly idPrefix: string;
  /** Where the server's state stands in that of the reducer; see the client's option. */
  readonly slices: string | readonly string[];
  /** The twin of the server's reducer. */
  readonly reducer: Reducer;
  readonly View: ComponentType;
}

/** All that are there: a folder under examples is one, and may be deleted. */
const UIS = Object.values(
  import.meta.glob<StoreUi>('./examples/*/index.tsx', { eager: true, import: 'default' }),
);

export const uiOf = (store: string): StoreUi | undefined => UIS.find((ui) => ui.store === store);
