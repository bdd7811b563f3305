import assert from 'node:assert/strict';
import { answerHeaders, formatHead, groupHeaders } from '../../../src/facade/sockets/tunnel-headers.js';

describe('headers of an upgrade', () => {
  it('are grouped by name in any case, spelled as first seen, in order', () => {
    assert.deepEqual(groupHeaders(['A', '1', 'b', '2', 'a', '3']), [
      { name: 'A', values: ['1', '3'] },
      { name: 'b', values: ['2'] },
    ]);
  });

  it('of an answer lose what is meant for one connection', () => {
    const raw = [
      'Connection',
      'close, X-One',
      'X-One',
      '1',
      'Transfer-Encoding',
      'chunked',
      'Keep-Alive',
      'x',
      'Date',
      'd',
    ];
    assert.deepEqual(answerHeaders([...raw, 'Set-Cookie', 'a', 'Set-Cookie', 'b']), [
      'Date',
      'd',
      'Set-Cookie',
      'a',
      'Set-Cookie',
      'b',
    ]);
  });

  it('make a head that ends with a blank line', () => {
    assert.equal(formatHead('HTTP/1.1 400 No', ['A', '1']), 'HTTP/1.1 400 No\r\nA: 1\r\n\r\n');
  });
});
