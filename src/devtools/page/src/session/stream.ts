/** One instance of a store on the server. */
export interface Stream {
  readonly store: string;
  readonly id: string;
}

/** A stream that nobody has written to. */
export function newStream(store: string, prefix = 's'): Stream {
  return { store, id: `${prefix}-${crypto.randomUUID().slice(0, 8)}` };
}
