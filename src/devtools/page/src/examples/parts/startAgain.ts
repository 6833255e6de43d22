/** Resets a form for its next entry and focuses its first field. */
export function startAgain(form: HTMLFormElement | null): void {
  form?.reset();
  form?.querySelector('input')?.focus();
}
