/** The part of a file that a `Range` header asks for. */
import assert from 'node:assert/strict';
import { parseRange } from '../../../src/engine/interfaces/http/static/byte-range.js';
import { quickest } from '../../kit/quickest.js';

describe('byte ranges', () => {
  it('are first and last byte, or the last bytes', () => {
    for (const [header, start, end] of [
      ['bytes=0-4', 0, 5],
      [' Bytes\t= 2 - 3 ', 2, 4],
      ['bytes=7-', 7, 10],
      ['bytes=7-99', 7, 10],
      ['bytes=-3', 7, 10],
      ['bytes=-0', 0, 10],
    ] as const)
      assert.deepEqual(parseRange(header, 10), { start, end }, header);
  });

  it('are none when they ask for something else', () => {
    for (const header of [
      ...['', 'bytes', 'bytes=', 'bytes=-', 'bytes=1', 'lines=0-1', 'bytes=0-1,3-4', 'bytes=1-2-3', 'bytes=1=2-3'],
      ...['bytes=5-2', 'bytes=10-', 'bytes=-11', 'bytes=a-b', 'bytes=1 1-2'],
    ])
      assert.equal(parseRange(header, 10), undefined, header);
  });

  it('are read in linear time', () => {
    const tabs = '\t'.repeat(8000);
    assert.ok(quickest(() => assert.equal(parseRange(`bytes=${tabs}-${tabs}-`, 10), undefined)) < 1000);
  });
});
