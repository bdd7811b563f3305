/** What agents tell of their machines, as JSON text: numbers are spelled as other programs than JavaScript spell them. */
import type { SeededRandom } from '../seeded-random.js';

const NUMBERS = ['0', '-1', '8', '1.0', '0.1', '1e3', '1E-7', '-0.0', '16777216', '9007199254740993', '2.5e10', '1e16'];
const TEXTS = [
  '',
  'eth0',
  'Zürich',
  '日本語',
  '😀',
  'a"b\\c',
  'two\nlines',
  '<b>',
  '\u2028',
  '\u007f',
  ' blanks ',
  'C:\\',
];
const NAMES = ['name', 'model', 'size', 'mac', 'ips', 'speed', 'Größe', 'vendor'];
const SYSTEMS = ['Windows 11 Pro', 'Ubuntu 24.04', 'Windows Server 2022', 'Débian'];

export function jsonValue(random: SeededRandom, depth = 2): string {
  const kinds = { text: 4, number: 4, word: 2, list: depth, object: depth };
  switch (random.weighted(kinds)) {
    case 'text':
      return JSON.stringify(random.pick(TEXTS));
    case 'number':
      return random.pick(NUMBERS);
    case 'word':
      return random.pick(['true', 'false', 'null']);
    case 'list':
      return `[${items(random, () => jsonValue(random, depth - 1)).join(', ')}]`;
    case 'object':
      return jsonObject(random, depth - 1);
  }
}

function jsonObject(random: SeededRandom, depth: number): string {
  const names = [...new Set(items(random, () => random.pick(NAMES)))];
  return `{${names.map((name) => `${JSON.stringify(name)}: ${jsonValue(random, depth)}`).join(', ')}}`;
}

function items<T>(random: SeededRandom, make: () => T): T[] {
  return Array.from({ length: random.below(4) }, make);
}

const listOf = (random: SeededRandom): string => `[${items(random, () => jsonObject(random, 1)).join(',')}]`;
const text = JSON.stringify;

/** Body of a heartbeat: most are short. */
export function heartbeatBody(random: SeededRandom, hostname: string): string {
  const fields = [`"hostname": ${text(hostname)}`];
  if (random.chance(0.5)) fields.push(`"internal_ip": "10.0.0.${random.below(250)}"`);
  if (random.chance(0.2)) fields.push(`"external_ip": "192.0.2.${random.below(250)}"`);
  if (random.chance(0.2)) fields.push(`"device_type": ${text(random.pick(['Laptop', 'Server', 'Größe']))}`);
  if (random.chance(0.6)) fields.push(`"metrics": ${metrics(random)}`);
  if (random.chance(0.4)) fields.push(`"inventory": ${inventory(random)}`);
  return random.chance(0.05) ? '{}' : `{${fields.join(', ')}}`;
}

function metrics(random: SeededRandom): string {
  const fields = [`"uptime": ${random.below(1_000_000)}`];
  if (random.chance(0.5)) fields.push(`"last_user": ${text(random.pick(['LAB\\ann', 'böb', '']))}`);
  if (random.chance(0.5)) fields.push(`"operating_system": ${text(random.pick(SYSTEMS))}`);
  return `{${fields.join(', ')}}`;
}

function inventory(random: SeededRandom): string {
  const parts = ['memory', 'network', 'software', 'storage'].filter(() => random.chance(0.5));
  const fields = parts.map((part) => `"${part}": ${random.chance(0.9) ? listOf(random) : jsonValue(random)}`);
  if (random.chance(0.5)) fields.push(`"cpu": ${jsonObject(random, 1)}`);
  return `{${fields.join(', ')}}`;
}

/** Body of a details report. Its hostname is the device's own: a new one is a fault of the legacy's. */
export function detailsBody(random: SeededRandom, hostname: string): string {
  const summary = [`"hostname": ${text(hostname)}`, `"operating_system": ${text(random.pick(SYSTEMS))}`];
  if (random.chance(0.5)) summary.push(`"last_user": ${text(random.pick(['LAB\\ann', 'böb']))}`);
  if (random.chance(0.5)) summary.push(`"uptime_sec": ${random.below(1_000_000)}`);
  if (random.chance(0.3)) summary.push(`"custom": ${jsonValue(random)}`);
  const parts = ['memory', 'network', 'software', 'storage'].filter(() => random.chance(0.6));
  const fields = [`"summary": {${summary.join(', ')}}`, ...parts.map((part) => `"${part}": ${listOf(random)}`)];
  if (random.chance(0.4)) fields.push(`"cpu": ${jsonObject(random, 1)}`);
  return `{"hostname": ${text(hostname)}, "agent_id": ${text(`${hostname}-agent`)}, "details": {${fields.join(', ')}}}`;
}
