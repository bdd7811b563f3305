import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decoder, Encoder, PacketType } from 'socket.io-parser';
import {
  attachmentsOf,
  claimedAgentId,
  eventName,
  joinedSocket,
  readPacketHead,
  withoutAckId,
} from '../../../src/legacy-bridge/realtime/packet-head.js';

function nameOf(text: string): string | undefined {
  const head = readPacketHead(text);
  return head === undefined ? undefined : eventName(text, head);
}

describe('the head of a Socket.IO packet', () => {
  it('tells type, namespace, acknowledgement and name of an event', () => {
    const text = '2/admin,17["macro_status",{"raw":true}]';
    const head = readPacketHead(text);
    assert.deepEqual([head?.type, head?.namespace, head?.hasAckId, head?.attachments], [2, '/admin', true, 0]);
    assert.equal(nameOf(text), 'macro_status');
  });

  it('is the same as socket.io-parser’s, for every packet that it writes', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        text,
        fc.option(fc.nat(), { nil: undefined }),
        fc.constantFrom('/', '/agents'),
        fc.boolean(),
        (name, id, nsp, isBinary) => {
          const data = isBinary ? [name, Buffer.from([1]), { b: Buffer.from([2]) }] : [name, { n: 1 }];
          const packet = { type: PacketType.EVENT, nsp, data, ...(id === undefined ? {} : { id }) };
          const [encoded] = new Encoder().encode(packet) as [string];
          const head = readPacketHead(encoded);
          assert.deepEqual(
            [head?.namespace, head?.hasAckId, head?.attachments, attachmentsOf(encoded)],
            [nsp, id !== undefined, isBinary ? 2 : 0, isBinary ? 2 : 0],
          );
          if (JSON.stringify(name).length < 250) assert.equal(nameOf(encoded), name);
        },
      ),
    );
  });

  it('reads a name with blanks before it and escapes in it, as JSON has them', () => {
    assert.equal(nameOf('2 \t[ "macro\\u005fstatus" , 1]'), 'macro_status');
    assert.equal(nameOf('2["a\\"b",1]'), 'a"b');
  });

  it('finds no name where there is none', () => {
    for (const text of [
      '2',
      '2[]',
      '2[1]',
      '2{}',
      '2["open',
      '2["bad \\x escape"]',
      `2["${'x'.repeat(300)}"]`,
      '2 this',
    ])
      assert.equal(nameOf(text), undefined, text);
  });

  it('is none in a text that is no packet', () => {
    for (const text of ['', '7', '9["x"]', 'x', '5["x"]', '5-["x"]', '59999999999-["x"]', '-2'])
      assert.equal(readPacketHead(text), undefined, text);
  });

  it('loses its acknowledgement id and nothing else', () => {
    for (const [text, without] of [
      ['217["a",1e400,{"b":1.0}]', '2["a",1e400,{"b":1.0}]'],
      ['51-/x,3["a",{"_placeholder":true,"num":0}]', '51-/x,["a",{"_placeholder":true,"num":0}]'],
      ['2["a"]', '2["a"]'],
    ] as const) {
      const head = readPacketHead(text);
      assert.ok(head);
      assert.equal(withoutAckId(text, head), without);
    }
  });

  it('is what the decoder of socket.io reads too, once the id is gone', () => {
    const decoder = new Decoder();
    const text = '2 5["a",1]'.replace(' ', '');
    const head = readPacketHead(text);
    assert.ok(head);
    let id: number | undefined = 0;
    decoder.on('decoded', (packet: { id?: number }) => {
      id = packet.id;
    });
    decoder.add(withoutAckId(text, head));
    assert.equal(id, undefined);
  });

  it('tells the socket of an answer to joining, and the agent of a connect_agent', () => {
    const joined = '0{"sid":"abc"}';
    const refused = '0[]';
    assert.equal(joinedSocket(joined, { ...head(joined) }), 'abc');
    assert.equal(joinedSocket(refused, { ...head(refused) }), undefined);
    const agent = '2["connect_agent",{"agent_id":"PC-1"}]';
    assert.equal(claimedAgentId(agent, head(agent)), 'PC-1');
    for (const other of [
      '2["connect_agent",{"agent_id":7}]',
      '2["connect_agent"]',
      '2["connect_agent",null]',
      '2[nonsense',
    ])
      assert.equal(claimedAgentId(other, head(other)), undefined, other);
  });
});

function head(text: string): NonNullable<ReturnType<typeof readPacketHead>> {
  const read = readPacketHead(text);
  assert.ok(read);
  return read;
}
