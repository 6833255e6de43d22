import type { Problem } from '@roundtrip/client';
import type { Session } from './session';

/** What became of an action: the server applied it, or it refused. */
export type Outcome =
  { readonly status: 'applied'; readonly version: number } | { readonly problem: Problem };

/** Waits until a pending action is settled; for as long as the server is not heard, it is not. */
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
