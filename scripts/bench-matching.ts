/**
 * What matching costs with 1,000 rules, compared with 10: the requirement is a ratio of at most 1.1.
 * Both maps are asked for the same paths, made anew for each match as they are in a server. Run: npx tsx scripts/bench-matching.ts
 */
import { pathToFileURL } from 'node:url';
import { buildUrlMap, type UrlRule } from '../src/legacy-bridge/url-map/build-url-map.js';
import type { UrlMap } from '../src/legacy-bridge/url-map/url-map.js';

export interface MatchingCost {
  /** Nanoseconds per match, median of the rounds. */
  readonly few: number;
  readonly many: number;
  /** many / few: the median of the rounds' own ratios, so that a slow moment of the machine counts in both or in neither. */
  readonly ratio: number;
}

const FEW: readonly UrlRule<string>[] = [
  '/health',
  '/api/devices',
  '/api/devices/:guid',
  '/api/device/details/:hostname',
  '/api/scheduled_jobs',
  '/api/scheduled_jobs/:id(int)',
  '/api/scheduled_jobs/:id(int)/runs',
  '/api/agent/heartbeat',
  '/api/agent/:agent_id',
  '/:filename(path)',
].map((rule) => ({ methods: ['GET'], rule, endpoint: rule }));

/** Neighbours of the ten at each level, of the same lengths as those, so that every map that is looked into is a large one. */
const MANY: readonly UrlRule<string>[] = [
  ...FEW,
  ...Array.from({ length: 990 }, (_unused, index): UrlRule<string> => {
    const name = `n${index}`.padEnd(4 + (index % 12), 'x');
    const rule = [`/${name}`, `/api/${name}/:id`, `/api/agent/${name}`, `/api/devices/:guid/${name}`][index % 4] ?? '';
    return { methods: ['GET'], rule, endpoint: rule };
  }),
];

const PATHS = FEW.map(({ rule }) => rule.replace(':filename(path)', 'assets/app.js').replace(/:\w+(\(int\))?/, '4711'));

/** @param rounds how often both maps are measured in turn; matches per round and map: 10 × `repeats` */
export function measureMatching(rounds: number, repeats: number): MatchingCost {
  const few = buildUrlMap(FEW);
  const many = buildUrlMap(MANY);
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Which of the two is first alternates: the first of a pair finds colder caches.
    const first = nanoseconds(round % 2 === 0 ? few : many, repeats);
    const second = nanoseconds(round % 2 === 0 ? many : few, repeats);
    pairs.push(round % 2 === 0 ? [first, second] : [second, first]);
  }
  return {
    few: median(pairs.map(([cost]) => cost)),
    many: median(pairs.map(([, cost]) => cost)),
    ratio: median(pairs.map(([low, high]) => high / low)),
  };
}

function nanoseconds(map: UrlMap<string>, repeats: number): number {
  // One string per request head, cut anew: its hash is not known beforehand.
  const head = Buffer.from(PATHS.join(' '), 'latin1');
  let matched = 0;
  const started = process.hrtime.bigint();
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const path of head.toString('latin1').split(' ')) if (map.match('GET', path).kind === 'match') matched += 1;
  }
  const elapsed = Number(process.hrtime.bigint() - started);
  if (matched !== repeats * PATHS.length) throw new Error(`${matched} of ${repeats * PATHS.length} requests matched`);
  return elapsed / matched;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  measureMatching(20, 2_000);
  const { few, many, ratio } = measureMatching(101, 2_000);
  console.log(
    `matching: ${few.toFixed(0)} ns with 10 rules, ${many.toFixed(0)} ns with 1000, ratio ${ratio.toFixed(3)} (at most 1.1)`,
  );
}
