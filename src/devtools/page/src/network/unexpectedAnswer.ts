/** The server answered with an error. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(path: string, status: number, title: string | undefined) {
    super(`${path}: expected status 200, received ${status}${title ? `, ${title}` : ''}.`);
    this.status = status;
  }
}
