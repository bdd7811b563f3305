import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { HandshakeReader, parseHandshake } from '../../../src/facade/sockets/polling-handshake.js';

const OPEN = '0{"sid":"AbC-_0123456789012","upgrades":["websocket"],"pingTimeout":21000,"pingInterval":26000}';
const READ = { sid: 'AbC-_0123456789012', pingIntervalMs: 26_000, pingTimeoutMs: 21_000 };

describe('reading a polling handshake', () => {
  const texts: [string, string, object | undefined][] = [
    ['the legacy’s', OPEN, READ],
    ['with packets behind it', `${OPEN}\u001e40{"sid":"other"}`, READ],
    [
      'spaced and in another order',
      '0{ "pingInterval": 26000, "pingTimeout": 21000, "sid": "AbC-_0123456789012" }',
      READ,
    ],
    ['with maxPayload', OPEN.replace('}', ',"maxPayload":1000000}'), READ],
    ['in JSONP', `___eio[0]("${OPEN.replaceAll('"', '\\"')}");`, READ],
    ['without timing', '0{"sid":"x"}', { sid: 'x', pingIntervalMs: 25_000, pingTimeoutMs: 20_000 }],
    ['without a session', '0{"upgrades":[]}', undefined],
    ['an event that only looks like it', '42["x",{"sid":"evil"}]', undefined],
    ['a handshake only behind another packet', `6\u001e${OPEN}`, undefined],
    ['an error', '{"code":1,"message":"Session ID unknown"}', undefined],
    ['nothing', '', undefined],
  ];
  for (const [name, text, expected] of texts) {
    it(name, () => assert.deepEqual(parseHandshake(text), expected));
  }

  it('cut into bytes, it is known with the one that closes it', () => {
    const reader = new HandshakeReader();
    const found = [...OPEN].map((letter) => reader.push(Buffer.from(letter)));
    assert.deepEqual(found.at(-1), READ);
    assert.ok(found.slice(0, -1).every((value) => value === undefined));
  });

  it('is found once', () => {
    const reader = new HandshakeReader();
    assert.deepEqual(reader.push(Buffer.from(OPEN)), READ);
    assert.equal(reader.push(Buffer.from(OPEN)), undefined);
  });

  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    it(`${coding}: whole and in pieces`, () => {
      const bytes = encode(OPEN);
      assert.deepEqual(new HandshakeReader(coding).push(bytes), READ);
      const reader = new HandshakeReader(` ${coding.toUpperCase()} `);
      const found = [...bytes].map((byte) => reader.push(Buffer.from([byte])));
      assert.equal(found.filter((value) => value !== undefined).length, 1);
    });
  }

  it('bytes that are not what the encoding says, or far too many, are no handshake', () => {
    assert.equal(new HandshakeReader('gzip').push(Buffer.from('plain')), undefined);
    assert.equal(new HandshakeReader('gzip').push(gzipSync(Buffer.alloc(10_000_000))), undefined);
    const reader = new HandshakeReader();
    reader.push(Buffer.alloc(9_000, 'x'));
    assert.equal(reader.push(Buffer.from(OPEN)), undefined);
  });
});
