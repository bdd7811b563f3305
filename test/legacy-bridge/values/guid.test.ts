/** The legacy's spellings of GUIDs. */
import assert from 'node:assert/strict';
import { agentGuid, canonicalGuid } from '../../../src/legacy-bridge/values/guid.js';

const PLAIN = 'C1B2C3D4-AAAA-4BBB-8CCC-00000000000F';

describe('GUIDs', () => {
  it('in the form of devices', () => {
    for (const [text, expected] of [
      [PLAIN.toLowerCase(), PLAIN],
      [` {${PLAIN}}\u00a0`, PLAIN],
      [PLAIN.replaceAll('-', '').toLowerCase(), PLAIN],
      ['{a}{b}', 'AB'],
      ['urn:uuid:x', 'URN:UUID:X'],
      ['', ''],
    ] as const)
      assert.equal(agentGuid(text), expected, text);
  });

  it('in the canonical form', () => {
    for (const [text, expected] of [
      [` {${PLAIN.toLowerCase()}} `, PLAIN],
      [`urn:uuid:${PLAIN}`, PLAIN],
      [PLAIN.replaceAll('-', ''), PLAIN],
      [`zz ${PLAIN} zz`, PLAIN],
      ['no guid', 'NO GUID'],
      ['{}', ''],
    ] as const)
      assert.equal(canonicalGuid(text), expected, text);
  });
});
