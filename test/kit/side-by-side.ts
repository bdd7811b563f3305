/** Work of several names, some of it at once, begun in the given order; the test of a name awaits its own. */
export interface SideBySide<T> {
  /** As the work of this name ended. @throws TypeError for a name that was not given */
  result(name: string): Promise<T>;
  /** Resolves when all has ended, good or bad. */
  ended(): Promise<void>;
}

export function sideBySide<T>(
  names: readonly string[],
  atOnce: number,
  work: (name: string) => Promise<T>,
): SideBySide<T> {
  const results = new Map<string, PromiseWithResolvers<T>>();
  for (const name of names) results.set(name, withResolvers<T>());
  const waiting = [...results];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, { promise, resolve }] = next;
      resolve(work(name));
      // Its test tells how it ended; what waits behind it begins in any case.
      await promise.catch(() => undefined);
    }
  };
  const lanes = Promise.all(Array.from({ length: atOnce }, lane));
  return {
    result: (name) => {
      const known = results.get(name);
      if (known === undefined) throw new TypeError(`${name} was not begun`);
      return known.promise;
    },
    ended: async () => void (await lanes),
  };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: Promise<T>) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: Promise<T>) => void = () => undefined;
  const promise = new Promise<T>((take) => {
    resolve = take;
  });
  return { promise, resolve };
}
