import type { Problem } from '@roundtrip/client';

/** What a problem says to a person. */
export function problemText({ title, detail, code }: Problem): string {
  return `${detail ?? title}${code === undefined ? '' : ` (${code})`}`;
}
