/** Makes a form ready for its next entry: nothing marked as invalid, the focus in its first field. */
export function startAgain(form: HTMLFormElement | null): void {
  form?.reset();
  form?.querySelector('input')?.focus();
}
