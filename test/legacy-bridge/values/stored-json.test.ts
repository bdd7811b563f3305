/** JSON columns: byte for byte what Python's json.dumps writes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { parseJson } from '../../../src/legacy-bridge/values/parse-json.js';
import { storedJson } from '../../../src/legacy-bridge/values/stored-json.js';
import { projectRoot } from '../../kit/python.js';

const SAMPLES = [
  '{"b":1,"a":[1.0,1e3,1e-7,12345678901234567890],"ü":"\\ud83d\\udda5 \\u007f \\ud800"}',
  '[NaN,Infinity,-Infinity,-0.0,true,false,null,"",{},[]]',
  '"q\\"\\\\\\n\\u0001"',
  '{"a":{"a":{"a":[[[]]]}}}',
];

describe('stored JSON', () => {
  it('is what Python writes', () => {
    const program = 'import json, sys; [print(json.dumps(json.loads(text))) for text in json.load(sys.stdin)]';
    const out = execFileSync(`${projectRoot}scripts/python`, ['-c', program], {
      input: JSON.stringify(SAMPLES),
      encoding: 'utf8',
    });
    const ours = SAMPLES.map((text) => {
      const value = parseJson(Buffer.from(text));
      assert.notEqual(value, undefined);
      return value === undefined ? '' : storedJson(value);
    });
    assert.deepEqual(ours, out.trimEnd().split('\n'));
  });
});
