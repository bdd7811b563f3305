/** The clock as operators' pages show it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { serverTime } from '../../../src/engine/services/server-time-service.js';
import { projectRoot } from '../../kit/python.js';

describe('server time', () => {
  it('has the ordinals and hours of the legacy', () => {
    const shown = (...at: [number, number, number, number, number]) => serverTime(new Date(...at).getTime()).display;
    assert.equal(shown(2025, 8, 23, 0, 49), 'September 23rd 2025 @ 12:49AM');
    assert.equal(shown(2025, 9, 27, 15, 7), 'October 27th 2025 @ 3:07PM');
    assert.equal(shown(2025, 0, 1, 12, 0), 'January 1st 2025 @ 12:00PM');
    for (const [day, end] of [
      [2, 'nd'],
      [3, 'rd'],
      [11, 'th'],
      [12, 'th'],
      [13, 'th'],
      [21, 'st'],
      [31, 'st'],
    ] as const)
      assert.match(shown(2025, 0, day, 1, 5), new RegExp(`^January ${day}${end} 2025 @ 1:05AM$`));
  });

  it('agrees with itself and with the zone of the process', () => {
    const program = `import { serverTime } from './src/engine/services/server-time-service.ts'; console.log(JSON.stringify(serverTime(1700000000123)))`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const output = execFileSync(process.execPath, args, {
      cwd: projectRoot,
      env: { ...process.env, TZ: 'America/St_Johns' },
    });
    assert.deepEqual(JSON.parse(output.toString()), {
      epoch: 1700000000,
      iso: '2023-11-14T18:43:20.123000-03:30',
      utc_iso: '2023-11-14T22:13:20.123000Z',
      timezone: 'NST',
      offset_seconds: -12600,
      display: 'November 14th 2023 @ 6:43PM',
    });
  });
});
