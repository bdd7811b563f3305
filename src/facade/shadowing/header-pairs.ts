/** From a flat name-value list to pairs with names in lower case: the form that comparing takes. */
export function headerPairs(flat: readonly string[], length = flat.length): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < length; at += 2) pairs.push([(flat[at] as string).toLowerCase(), flat[at + 1] as string]);
  return pairs;
}
