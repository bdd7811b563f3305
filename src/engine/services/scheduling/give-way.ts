/** Lets all that waits have its turn before long work goes on: no request may wait for a list of thousands. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
