/** What a running facade counted, read from its metrics. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FacadeProcess } from './facade-process.js';

type Scraped = Pick<FacadeProcess, 'adminAddress' | 'stateDirectory'>;

/** Values of one metric by its labels, as `row="health",verdict="match"`. */
export async function metricOf(facade: Scraped, name: string): Promise<Map<string, number>> {
  const token = (await readFile(join(facade.stateDirectory, 'admin.token'), 'utf8')).trim();
  const answer = await fetch(`${facade.adminAddress}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const values = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const [, metric, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name) values.set(labels, Number(value));
  }
  return values;
}

/** Sum over all series whose labels hold every one of the texts. */
export async function countOf(facade: Scraped, name: string, ...labels: readonly string[]): Promise<number> {
  let sum = 0;
  for (const [key, value] of await metricOf(facade, name))
    if (labels.every((label) => key.includes(label))) sum += value;
  return sum;
}

/** Asks again and again until the count is reached, for ten seconds at least. */
export function untilCounted(
  facade: Scraped,
  count: number,
  name: string,
  ...labels: readonly string[]
): Promise<void> {
  return untilCount(facade, (counted) => counted >= count, 200, name, ...labels);
}

/** The same for any condition, and for as many looks as are said: one each 50 ms. */
export async function untilCount(
  facade: Scraped,
  isSo: (count: number) => boolean,
  looks: number,
  name: string,
  ...labels: readonly string[]
): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    if (isSo(await countOf(facade, name, ...labels))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [found, dropped] = [await metricOf(facade, name), await metricOf(facade, 'facade_comparison_drops_total')];
  throw new Error(
    `${name} ${labels.join(' ')}: not as expected, but ${JSON.stringify([...found])}; dropped: ${JSON.stringify([...dropped])}`,
  );
}
