/** The two servers behind the facade. A code, a metric label and a log word alike. */
export const SIDES = ['legacy', 'engine'] as const;

/** Which of the two servers serves something. */
export type Side = (typeof SIDES)[number];
