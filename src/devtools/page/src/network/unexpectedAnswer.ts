/** The server answered, but not with what was asked for. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(path: string, status: number, title: string | undefined) {
    super(
      `${path}: expected an answer with status 200, received ${status}${title ? `, ${title}` : ''}.`,
    );
    this.status = status;
  }
}
