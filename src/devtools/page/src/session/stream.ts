/** One instance of a store on the server. */
export interface Stream {
  readonly store: string;
  readonly id: string;
}

/** Returns a stream with a new id. */
export function newStream(store: string, prefix = 's'): Stream {
  return { store, id: `${prefix}-${crypto.randomUUID().slice(0, 8)}` };
}
