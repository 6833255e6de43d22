/** The server's limits for a workout's payloads. */
export const MAX_SETS_OF_EXERCISE = 100;
export const MAX_REPS = 10_000;
export const MAX_WEIGHT_GRAMS = 2_000_000;
