import type { Problem } from '@roundtrip/client';

/** Returns a problem's text for the user. */
export function problemText({ title, detail, code }: Problem): string {
  return `${detail ?? title}${code === undefined ? '' : ` (${code})`}`;
}
