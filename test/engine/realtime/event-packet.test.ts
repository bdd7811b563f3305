/** Packets of events: what is read of them, and that what is passed on is not written anew. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { encodeEvent } from '../../../src/engine/domain/encode-event.js';
import { attachmentsOf, parseEventPacket } from '../../../src/engine/interfaces/ws/event-packet.js';
import { PythonFloat } from '../../../src/legacy-bridge/values/python-value.js';

const passedOn = (packet: string, attachments: readonly Buffer[] = []): string | undefined => {
  const argument = parseEventPacket(packet, attachments)?.argument;
  return argument && encodeEvent('e', argument.raw).text;
};

/** Of texts and objects that are still in use. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('packets of events', () => {
  it('keep numbers, order of fields and escapes when they are passed on', () => {
    const json = '{"b":9007199254740993,"a":1.0,"10":1,"2":-0.0,"e":1E400,"s":"\\ud800","t":"\\u00e9é"}';
    assert.equal(passedOn(`2["e",${json}]`), `2["e",${json}]`);
    assert.equal(passedOn(`217[ "e" , ${json} ]`), `2["e",${json}]`);
  });

  it('tell event, acknowledgement and argument', () => {
    const packet = parseEventPacket('217["a b",{"n":5,"f":5.0}]', []);
    assert.deepEqual([packet?.event, packet?.ackId], ['a b', '17']);
    assert.deepEqual(
      packet?.argument?.value,
      new Map<string, unknown>([
        ['n', 5n],
        ['f', new PythonFloat(5)],
      ]),
    );
    assert.equal(parseEventPacket('2["a"]', [])?.argument, undefined);
    assert.equal(parseEventPacket('2["a",1,2]', [])?.argument, undefined);
    assert.equal(parseEventPacket('2["a",null]', [])?.argument?.value, null);
  });

  it('send null as no argument', () => {
    assert.equal(passedOn('2["e",null]'), '2["e"]');
    assert.equal(encodeEvent('e', undefined).text, '2["e"]');
  });

  it('put bytes where their placeholders stand', () => {
    const [one, two] = [Buffer.from('one'), Buffer.from('two')];
    const text = '52-["e",{"a":{"_placeholder":true,"num":1},"b":[{"_placeholder":true,"num":0}]}]';
    assert.equal(attachmentsOf(text), 2);
    const packet = parseEventPacket(text, [one, two]);
    assert.deepEqual(
      packet?.argument?.value,
      new Map<string, unknown>([
        ['a', two],
        ['b', [one]],
      ]),
    );
    assert.deepEqual(packet?.argument && encodeEvent('e', packet.argument.raw), { text, attachments: [one, two] });
    assert.deepEqual(encodeEvent('e', { x: two, y: [one] }), {
      text: '52-["e",{"x":{"_placeholder":true,"num":0},"y":[{"_placeholder":true,"num":1}]}]',
      attachments: [two, one],
    });
  });

  it('of which a placeholder stands for nothing are malformed', () => {
    for (const number of ['1', '-1', '"0"', '0.0', 'null'])
      assert.equal(parseEventPacket(`51-["e",{"_placeholder":true,"num":${number}}]`, [Buffer.alloc(1)]), undefined);
  });

  it('of other kinds, other namespaces, or no JSON are no events', () => {
    for (const text of [
      '',
      '2',
      '2{}',
      '2[]',
      '2[5,1]',
      '2["a"',
      '2/other,["a",1]',
      '3["a",1]',
      '40',
      '51-["a",1]',
      'x',
    ])
      assert.equal(parseEventPacket(text, []), undefined, text);
    assert.equal(parseEventPacket('2/,["a",1]', [])?.event, 'a');
  });

  it('may be any text', () => {
    const part = fc.constantFrom(
      '2',
      '5',
      '1-',
      '["a"',
      ',',
      '{',
      '"_placeholder":true',
      ']',
      '}',
      '\\',
      '"',
      '/',
      '9',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        const text = parts.join('');
        assert.ok(attachmentsOf(text) >= 0);
        parseEventPacket(text, []);
      }),
      { numRuns: 2000 },
    );
  });

  it('hold no more values than the longest text that the legacy takes', () => {
    const list = (values: number): string => `2["e",[${'0,'.repeat(values - 1)}0]]`;
    assert.ok(parseEventPacket(list(499_990), []) !== undefined);
    assert.ok(parseEventPacket(list(500_000), []) === undefined);
  });

  it('keep nothing in memory of the packets that they were a part of', () => {
    const before = heldBytes();
    const blanks = ' '.repeat(1_000_000);
    const kept = Array.from({ length: 100 }, (_unused, number) => {
      const argument = parseEventPacket(`2["e",${blanks}{"agent_id":"one of many agents ${number}"}]`, [])?.argument;
      const value = argument?.value as ReadonlyMap<string, unknown>;
      return [argument?.raw.text, value.get('agent_id')];
    });
    assert.ok(heldBytes() - before < 30_000_000, 'more than 30 MB are held');
    assert.equal(kept.length, 100);
  });
});
