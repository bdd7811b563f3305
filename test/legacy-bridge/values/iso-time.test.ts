/** ISO texts: what the legacy writes, and what it reads with a zone. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { isoUtc, parseZonedIso } from '../../../src/legacy-bridge/values/iso-time.js';
import { projectRoot } from '../../kit/python.js';

const PYTHON = `
import json, sys
from datetime import datetime
out = []
for text in json.load(sys.stdin):
    try:
        at = datetime.fromisoformat(text)
        out.append(None if at.tzinfo is None else at.timestamp())
    except ValueError:
        out.append(None)
json.dump(out, sys.stdout)
`;

const TEXTS = [
  '2099-01-02T03:04:05+00:00',
  '2099-01-02T03:04:05Z',
  '2099-01-02 03:04:05+00:00',
  '2024-02-29T23:59:59.5+05:30',
  '2023-02-29T00:00:00Z',
  '2024-01-02T03:04:05.123456789-08:00',
  '20240102T030405Z',
  '20240102T030405.25+0100',
  '2024-W01-1T00:00:00Z',
  '2020-W53-7T12:00:00+00:00',
  '2021-W53-1T00:00:00Z',
  '2024-01-02T03Z',
  '2024-01-02T03:04+00:00',
  '2024-01-02T24:00:00Z',
  '2024-01-02T03:04:60Z',
  '2024-13-02T03:04:05Z',
  '2024-01-02T03:04:05',
  '2024-01-02',
  'some day',
  '',
  '2024-01-02T03:04:05+24:00',
];

describe('ISO times', () => {
  it('reads what Python reads with a zone, and nothing else', () => {
    const output = execFileSync(`${projectRoot}scripts/python`, ['-c', PYTHON], { input: JSON.stringify(TEXTS) });
    const seen = JSON.parse(output.toString()) as (number | null)[];
    for (const [index, text] of TEXTS.entries()) {
      const read = parseZonedIso(text);
      const expected = seen[index] ?? null;
      if (expected === null) assert.equal(read, undefined, text);
      else assert.ok(read !== undefined && Math.abs(read / 1000 - expected) < 1e-5, `${text}: ${read} and ${expected}`);
    }
  });

  it('writes six digits, or none when there are none', () => {
    assert.equal(isoUtc(1_700_000_000_123), '2023-11-14T22:13:20.123000+00:00');
    assert.equal(isoUtc(1_700_000_000_000), '2023-11-14T22:13:20+00:00');
    assert.equal(isoUtc(1_700_000_000_000, 'Z'), '2023-11-14T22:13:20Z');
  });
});
