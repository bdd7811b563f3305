import assert from 'node:assert/strict';
import { LinkMessages } from '../../../../src/facade/sockets/split/link-messages.js';

describe('messages of the engine on the link', () => {
  const taken: unknown[] = [];
  const take = (...frames: (string | Buffer)[]): boolean[] => {
    taken.length = 0;
    const messages = new LinkMessages((message, attachments) => taken.push(message, ...attachments));
    return frames.map((frame) => messages.take(frame));
  };

  it('are whole with their attachments', () => {
    const emit = { type: 'emit', to: 'all', event: 'a', packet: '52-["a"]', attachments: 2, more: true };
    const done = { type: 'done', number: 1, outcome: 'handled', attachments: 0, ms: 1 };
    const bytes = [Buffer.from([1]), Buffer.from([2])] as const;
    assert.deepEqual(take(JSON.stringify(emit), ...bytes, JSON.stringify(done)), [true, true, true, true]);
    assert.deepEqual(taken, [emit, ...bytes, done]);
  });

  it('that are none of the link are refused', () => {
    for (const text of [
      'x',
      'null',
      '[]',
      '{}',
      '{"type":"other"}',
      '{"type":"done","number":"1","outcome":"handled","attachments":0}',
      '{"type":"emit","to":[1],"event":"a","packet":"2","attachments":0}',
      '{"type":"emit","event":"a","packet":"2","attachments":0}',
      '{"type":"done","number":1,"outcome":"handled","attachments":0,"ack":5}',
    ])
      assert.deepEqual(take(text), [false], text);
    assert.deepEqual(take(Buffer.from([1])), [false]);
    const welcome = '{"type":"welcome","version":1,"build":"x"}';
    assert.deepEqual(take('{"type":"emit","to":"all","event":"a","packet":"51-","attachments":1}', welcome), [
      true,
      false,
    ]);
  });
});
