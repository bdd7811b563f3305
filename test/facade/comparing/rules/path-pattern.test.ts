import { equal, match } from 'node:assert/strict';
import {
  generalPath,
  generalPathOf,
  type Path,
  pathText,
  RowKey,
} from '../../../../src/facade/comparing/compare/path.js';
import {
  coversPath,
  namesPath,
  pathPatternProblem,
  readPathPattern,
} from '../../../../src/facade/comparing/rules/path-pattern.js';
import { quickest } from '../../../kit/quickest.js';

const SEEN: Path = ['body', 'devices', 3, 'last_seen'];
const COLUMN: Path = ['rows', 'devices', new RowKey('guid=G[1]'), 'last_seen'];
const EVENT: Path = ['events', 'agent_task', 0, 'payload', 'id'];
const HEADER: Path = ['headers', 'x-odd.name'];

const COVERING: readonly [pattern: string, path: Path, covers: boolean, names: boolean][] = [
  ['body.devices[3].last_seen', SEEN, true, true],
  ['body.devices[*].last_seen', SEEN, true, true],
  ['body.devices[4].last_seen', SEEN, false, false],
  ['body.devices.last_seen', SEEN, false, false],
  ['body.devices', SEEN, true, false],
  ['body.device', SEEN, false, false],
  ['body', SEEN, true, false],
  ['body.*[*].last_seen', SEEN, true, true],
  ['body.*.*.last_seen', SEEN, true, true],
  ['body.**.last_seen', SEEN, true, true],
  ['body.**', SEEN, true, true],
  ['body.devices[*].last_seen.x', SEEN, false, false],
  ['rows.devices.last_seen', COLUMN, true, true],
  ['rows.devices.*', COLUMN, true, true],
  ['rows.*.last_seen', COLUMN, true, true],
  ['rows.devices[*].last_seen', COLUMN, true, true],
  ['rows.devices', COLUMN, true, false],
  ['rows.devices', ['rows', 'devices', new RowKey('k')], true, true],
  ['rows.devices[guid=G_1_].last_seen', COLUMN, true, true],
  ['rows.users.last_seen', COLUMN, false, false],
  ['events.agent_task.payload.id', EVENT, true, true],
  ['headers["x-odd.name"]', HEADER, true, true],
  ['headers.x-odd', HEADER, false, false],
];

describe('path patterns', () => {
  for (const [pattern, path, covers, names] of COVERING)
    it(`${pattern} ${covers ? 'covers' : 'does not cover'} ${pathText(path)}`, () => {
      equal(pathPatternProblem(pattern), undefined);
      equal(coversPath(readPathPattern(pattern), path), covers);
      equal(namesPath(readPathPattern(pattern), path), names);
    });

  for (const pattern of [
    '',
    'devices',
    '.body',
    'body.',
    'body..a',
    'body[',
    'body[3',
    'body a',
    'body.["a"]',
    '*',
    '[3]',
  ])
    it(`${JSON.stringify(pattern)} is none`, () => match(pathPatternProblem(pattern) ?? '', /path|begin/));

  it('stay quick whatever they are', () => {
    const pattern = readPathPattern(`body${'.**'.repeat(6)}.x`);
    const deep: Path = ['body', ...Array.from({ length: 60 }, (_, at) => `n${at}`)];
    equal(quickest(() => equal(coversPath(pattern, deep), false)) < 500, true);
  });
});

describe('general paths', () => {
  for (const path of [SEEN, COLUMN, EVENT, HEADER, ['body', 'a]b', 0, 'c"d'] as Path])
    it(`of ${pathText(path)} are the same from segments and from text`, () => {
      equal(generalPathOf(pathText(path)), generalPath(path));
    });

  it('keep names and drop places', () => {
    equal(generalPath(SEEN), 'body.devices[*].last_seen');
    equal(generalPath(COLUMN), 'rows.devices[*].last_seen');
    equal(generalPath(HEADER), 'headers["x-odd.name"]');
  });
});
