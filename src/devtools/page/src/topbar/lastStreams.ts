import { newStream, type Stream } from '../session/stream';
import { uiOf } from '../storeUi';
import type { User } from '../user/users';

const last = new Map<string, Stream>();

const keyOf = (user: User | undefined, store: string) => JSON.stringify([user?.name, store]);

/** Returns the stream of a store that a user opened last, or a new one. */
export function streamOf(user: User | undefined, store: string): Stream {
  const known = last.get(keyOf(user, store)) ?? newStream(store, uiOf(store)?.idPrefix);
  remember(user, known);
  return known;
}

export function remember(user: User | undefined, stream: Stream): void {
  last.set(keyOf(user, stream.store), stream);
}
