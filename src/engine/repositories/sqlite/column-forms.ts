/** How columns without a fixed type are read: all as text, since the legacy may have stored anything in them. */

/** Whole numbers as digits, whatever their size: a number of this language would round them. Fractions are cut. */
export const digits = (column: string, name: string): string =>
  `CAST(CASE typeof(${column}) WHEN 'real' THEN CAST(${column} AS INTEGER) ELSE ${column} END AS TEXT) AS ${name}`;

/** Numbers as they are, and bytes as text: for what is compared by its value. */
export const numberOrText = (column: string, name: string): string =>
  `CASE typeof(${column}) WHEN 'blob' THEN CAST(${column} AS TEXT) ELSE ${column} END AS ${name}`;

/** Bytes as they are, and numbers as text. */
export const bytesOrText = (column: string, name: string): string =>
  `CASE typeof(${column}) WHEN 'blob' THEN ${column} ELSE CAST(${column} AS TEXT) END AS ${name}`;

export const text = (column: string, name = column): string => `CAST(${column} AS TEXT) AS ${name}`;
