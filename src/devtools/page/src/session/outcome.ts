import type { Problem } from '@roundtrip/client';
import type { Session } from './session';

/** The result of an action: the server applied or refused it. */
export type Outcome =
  | { readonly status: 'applied'; readonly version: number }
  | { readonly problem: Problem };

/** Waits until the server has decided a pending action. */
export function outcomeOf({ store, sync }: Session, id: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const look = () => {
      const { pending, rejected, version } = sync.select(store.getState());
      if (pending.some((entry) => entry.id === id)) return;
      stop();
      const refused = rejected.find((entry) => entry.id === id);
      resolve(refused ? { problem: refused.problem } : { status: 'applied', version });
    };
    const stop = store.subscribe(look);
    look();
  });
}
