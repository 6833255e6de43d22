/**
 * Thrown by a reducer in the browser to reject an action, like `raise Rejected(...)` on the server.
 *
 * `dispatch` throws it to its caller; the action is neither stored nor sent.
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
   * @param message - One sentence for the user.
   * @param details - Additional facts, as JSON.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}
