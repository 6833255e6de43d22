import type { Reducer } from '@reduxjs/toolkit';
import type { StoreOptions } from '@roundtrip/client';
import type { ComponentType } from 'react';

/** A view made for one store, in addition to the generic view. */
export interface StoreUi {
  /** Name of the store on the server. */
  readonly store: string;
  readonly title: string;
  /** Name of one stream in a sentence. */
  readonly noun: string;
  /** Prefix of the ids of new streams. */
  readonly idPrefix: string;
  /** Where the server's state is in the reducer's state; see the client's option. */
  readonly slices: string | readonly string[];
  /** Merges two actions that have not been sent yet; see the client's option. */
  readonly squash?: StoreOptions['squash'];
  /** Makes the same states as the server's reducer. */
  readonly reducer: Reducer;
  readonly View: ComponentType;
}

/** One for each folder in examples; any of them may be deleted. */
const UIS = Object.values(
  import.meta.glob<StoreUi>('./examples/*/index.tsx', { eager: true, import: 'default' }),
);

export const uiOf = (store: string): StoreUi | undefined => UIS.find((ui) => ui.store === store);
