/** Envelopes of dry runs: what is written is read again, and nothing else is believed. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type DryRunReply,
  dryRunRequest,
  encodeDryRunReply,
  NOT_RUN_REASONS,
} from '../../../src/legacy-bridge/effects/dry-run-protocol.js';
import { EffectsError } from '../../../src/legacy-bridge/effects/effects-error.js';
import { parseDryRunReply } from '../../../src/legacy-bridge/effects/parse-dry-run-reply.js';

const REPLY: DryRunReply = {
  outcome: 'run',
  answer: {
    status: 200,
    headers: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
    body: Buffer.from([0, 255, 10]),
  },
  effects: {
    rows: [
      {
        ...{ table: 'devices', rowId: 1, change: 'update' },
        before: {
          guid: 'A',
          seen: 1,
          big: { integer: '-9223372036854775808' },
          memory: { blob: 'AA==' },
          real: { real: '1.0' },
        },
        after: { guid: 'A', seen: 1.5, big: null, memory: null, real: { real: 'Infinity' } },
      },
      { table: 'devices', rowId: 2, change: 'insert', before: undefined, after: JSON.parse('{"__proto__":"x"}') },
      { table: 'devices', rowId: 3, change: 'delete', before: { guid: 'C' }, after: undefined },
    ],
    events: [
      { event: 'e', room: null, payload: { a: [1] } },
      { event: 'f', room: 'r', payload: null },
    ],
    calls: [{ method: 'GET', url: 'https://a/' }],
  },
  notSeen: ['rows of the table odd'],
  ms: 1.5,
  lockMs: 0.5,
};

const envelope = (change: Record<string, unknown>): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(encodeDryRunReply(REPLY).toString()), ...change }));

describe('the envelope of a dry run', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parseDryRunReply(encodeDryRunReply(REPLY)), REPLY);
    for (const reason of NOT_RUN_REASONS) {
      const reply = { outcome: 'not-run', reason, detail: 'why', ms: 1, lockMs: 0 } as const;
      assert.deepEqual(parseDryRunReply(encodeDryRunReply(reply)), reply);
    }
  });

  const wrong: readonly [string, Buffer, string][] = [
    ['no JSON', Buffer.from('<html>'), 'envelope: expected JSON'],
    ['a list', Buffer.from('[]'), 'envelope: expected an object'],
    ['no times', envelope({ ms: undefined }), 'ms: expected'],
    ['a negative time', envelope({ lockMs: -1 }), 'lockMs: expected'],
    ['neither run nor not', envelope({ dryRun: false }), 'dryRun: expected an object'],
    ['an unknown reason', envelope({ dryRun: { not: 'tired', detail: '' } }), 'dryRun.not: expected one of'],
    ['no answer', envelope({ answer: undefined }), 'answer: expected an object'],
    ['an odd status', envelope({ answer: { status: 99, headers: [], body: '' } }), 'answer.status: expected'],
    [
      'half a header',
      envelope({ answer: { status: 200, headers: [['a']], body: '' } }),
      'answer.headers[0][1]: expected',
    ],
    [
      'a body that is no base64',
      envelope({ answer: { status: 200, headers: [], body: '?' } }),
      'answer.body: expected base64',
    ],
    ['no effects', envelope({ effects: {} }), 'effects.rows: expected a list'],
    [
      'an insert with a past',
      envelope({ effects: { rows: [{ table: 't', rowId: 1, change: 'insert', before: {}, after: {} }] } }),
      'effects.rows[0].before: expected nothing',
    ],
    [
      'a column that is true',
      envelope({ effects: { rows: [{ table: 't', rowId: 1, change: 'insert', after: { a: true } }] } }),
      'effects.rows[0].after.a: expected an object',
    ],
  ];
  for (const [what, bytes, message] of wrong)
    it(`with ${what} is refused`, () => {
      assert.throws(
        () => parseDryRunReply(bytes),
        (error: unknown) =>
          error instanceof EffectsError && error.code === 'reply_unreadable' && error.message.includes(message),
      );
    });

  it('that is anything at all is read or refused, never worse', () => {
    const survives = (bytes: Buffer): void => {
      try {
        parseDryRunReply(bytes);
      } catch (error) {
        assert.ok(error instanceof EffectsError);
      }
    };
    fc.assert(fc.property(fc.uint8Array(), (bytes) => survives(Buffer.from(bytes))));
    const fields = ['dryRun', 'answer', 'effects', 'notSeen', 'ms', 'lockMs'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => survives(envelope({ [field]: value }))),
    );
  });

  it('of a HEAD comes on a GET', () => {
    assert.deepEqual(dryRunRequest('PUT'), { method: 'PUT', headers: [['x-facade-dry-run', '1']] });
    assert.deepEqual(dryRunRequest('HEAD'), {
      method: 'GET',
      headers: [
        ['x-facade-dry-run', '1'],
        ['x-facade-dry-run-method', 'HEAD'],
      ],
    });
  });
});
