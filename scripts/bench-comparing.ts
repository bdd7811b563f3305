/**
 * CPU for comparing two JSON answers of 10 KB: the requirement is under 300 µs a pair. Beside it what Node itself takes to parse
 * both and say whether they are equal, which tells neither where nor why, and loses digits. Run: npx tsx scripts/bench-comparing.ts
 */

import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { AT, answer, compare, read, rules } from '../test/kit/comparison-input.js';

export interface ComparingCost {
  readonly name: string;
  /** Microseconds of CPU a pair, median of the rounds. */
  readonly ours: number;
  readonly node: number;
}

const PAIRS = 1000;
const ROUNDS = 7;
const MOST_MICROSECONDS = 300;
const BYTES = 10_240;

/** A list of devices as `/api/devices` answers it; `at` moves the clocks in it. */
function devices(
  at: number,
  change: (device: Record<string, unknown>, index: number) => void = () => undefined,
): string {
  const list: Record<string, unknown>[] = [];
  for (let index = 0; JSON.stringify(list).length < BYTES; index += 1) {
    const device = {
      agent_guid: `4C4C4544-0042-4B10-8051-${String(index).padStart(12, '0')}`,
      description: `Bürorechner ${index}`,
      hostname: `HOST-${index}`,
      last_seen: 1_759_999_000 + index,
      status: 'Online',
      asked_at: at,
      summary: {
        os: 'Windows 11 Pro 24H2 Build 26100.1',
        ram: 34_359_738_368,
        uptime: index * 3.5,
        user: 'BOREALIS\\nina',
      },
      network: [{ adapter: 'Ethernet', ips: ['10.0.0.7', 'fe80::1'], mac: 'AA:BB:CC:DD:EE:FF' }],
    };
    change(device, index);
    list.push(device);
  }
  return JSON.stringify({ devices: list });
}

const PLAIN = devices(AT);
const CASES: readonly { name: string; engine: string }[] = [
  { name: 'equal byte by byte', engine: PLAIN },
  { name: 'equal but for blanks', engine: JSON.stringify(JSON.parse(PLAIN), null, 1) },
  { name: 'other order of keys', engine: devices(AT, reverseKeys) },
  { name: 'one value differs', engine: PLAIN.replace('HOST-7"', 'HOST-x"') },
  { name: 'a clock in each item differs', engine: devices(AT + 3) },
];

function reverseKeys(device: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(device).reverse()) {
    delete device[key];
    device[key] = value;
  }
}

export function measureComparing(): ComparingCost[] {
  const legacy = answer(PLAIN);
  const none = rules({});
  return CASES.map(({ name, engine }) => {
    const input = read(legacy, answer(engine));
    const costs = Array.from({ length: ROUNDS }, () => ({
      ours: microseconds(() => compare(input, none)),
      node: microseconds(() => isDeepStrictEqual(parsed(input.legacy), parsed(input.engine))),
    }));
    return { name, ours: median(costs.map((cost) => cost.ours)), node: median(costs.map((cost) => cost.node)) };
  });
}

function parsed(side: ReturnType<typeof read>['legacy']): unknown {
  return side.outcome === 'answered' ? JSON.parse(side.answer.body.toString()) : undefined;
}

function microseconds(work: () => unknown): number {
  const before = process.cpuUsage();
  for (let pair = 0; pair < PAIRS; pair += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / PAIRS;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(`two answers of ${PLAIN.length} bytes: CPU a pair`);
  const costs = measureComparing();
  for (const { name, ours, node } of costs)
    console.log(`${name.padEnd(32)} ${ours.toFixed(1).padStart(7)} µs   parse and deep-equal: ${node.toFixed(1)} µs`);
  if (costs.some(({ ours }) => ours >= MOST_MICROSECONDS)) process.exitCode = 1;
}
