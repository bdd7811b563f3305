import assert from 'node:assert/strict';
import { PacketAssembler } from '../../../../src/facade/sockets/split/packet-assembler.js';
import { type Outgoing, WholePackets } from '../../../../src/facade/sockets/split/whole-packets.js';

const HEAD = '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
const [ONE, TWO] = [Buffer.from([1]), Buffer.from([2])];

describe('packets on one direction', () => {
  it('stay whole: what comes from elsewhere waits until no attachment is missing', () => {
    const sent: Outgoing[] = [];
    const packets = new WholePackets((message) => sent.push(message));
    packets.insert(['2["first"]']);
    packets.pass(HEAD);
    packets.insert(['2["between"]', ONE]);
    packets.pass(ONE);
    assert.deepEqual([packets.waiting, packets.isOpen], [1, true]);
    packets.pass(TWO);
    packets.insert(['2["last"]']);
    assert.deepEqual(sent, ['2["first"]', HEAD, ONE, TWO, '2["between"]', ONE, '2["last"]']);
    assert.equal(packets.waiting, 0);
  });
});

describe('a client’s messages', () => {
  it('become packets with their attachments', () => {
    const assembler = new PacketAssembler(1_000);
    assert.deepEqual(assembler.take('2["a"]'), ['2["a"]']);
    assert.deepEqual(assembler.take(ONE), [ONE]);
    assert.equal(assembler.take(HEAD), undefined);
    assert.equal(assembler.take(ONE), undefined);
    assert.deepEqual(assembler.take(TWO), [HEAD, ONE, TWO]);
    assert.deepEqual(assembler.take('2["b"]'), ['2["b"]']);
  });

  it('take whatever comes for an attachment, as the legacy does', () => {
    const assembler = new PacketAssembler(1_000);
    assembler.take('51-["a",{"_placeholder":true,"num":0}]');
    assert.deepEqual(assembler.take('2["b"]')?.[1], '2["b"]');
  });

  it('are too large beyond so many bytes, or so many attachments', () => {
    const assembler = new PacketAssembler(100);
    assembler.take(HEAD);
    assert.equal(assembler.take(Buffer.alloc(100)), 'too-large');
    assert.equal(new PacketAssembler(100).take('51001-["a"]'), 'too-large');
  });
});
