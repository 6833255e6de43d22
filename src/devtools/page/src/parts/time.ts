const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** @param at - Milliseconds since the epoch. */
export const formatTime = (at: number): string => TIME.format(at);

/** @param at - Milliseconds since the epoch. */
export const formatDateTime = (at: number): string => DATE_TIME.format(at);
