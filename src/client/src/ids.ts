/** Returns a random id. `crypto.randomUUID` is missing on pages without TLS. */
export const newId = (): string =>
  crypto
    .getRandomValues(new Uint8Array(16))
    .reduce((name, byte) => name + byte.toString(16).padStart(2, '0'), '');
