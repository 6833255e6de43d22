/**
 * How a reducer refuses an action in the browser, as `raise Rejected(...)` does on the server.
 *
 * `dispatch` throws it to its caller; the action is neither kept nor sent.
 *
 * @example
 * ```ts
 * if (state.lines.length === 0) throw new Rejected('order-empty', 'An order without lines cannot be confirmed.');
 * ```
 */
export class Rejected extends Error {
  override readonly name = 'Rejected';

  /**
   * @param code - Stable, machine-readable reason in kebab-case.
   * @param message - One sentence for a person.
   * @param details - Further JSON facts.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}
