import assert from 'node:assert/strict';
import { ForwardError, SIDE_ERROR_CODES, sideFailure } from '../../../src/facade/forwarding/forward-error.js';
import { REFUSALS } from '../../../src/facade/listener/refusal.js';

describe('answers that the facade gives itself', () => {
  const kinds = { ...SIDE_ERROR_CODES, ...REFUSALS };

  for (const [code, { status, reason }] of Object.entries(kinds))
    it(`${code}: is an error that costs no agent its tokens, and a sentence`, () => {
      assert.match(code, /^[a-z][a-z_]*$/);
      assert.ok(status >= 400 && status <= 599, 'no success, no redirect');
      // contract/agent-protocol.md 6.1: agents delete their tokens on 401, and on 403 fingerprint_mismatch.
      assert.ok(status !== 401 && status !== 403);
      assert.match(reason, /^[A-Z].*\.$/);
    });

  it("of a side's doing are 502, 503 or 504", () => {
    for (const [code, { status }] of Object.entries(SIDE_ERROR_CODES))
      if (!code.startsWith('client_')) assert.ok([502, 503, 504].includes(status), code);
  });
});

describe('sideFailure', () => {
  const failure = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

  for (const [code, progress, expected] of [
    ['ECONNREFUSED', 'before-connection', 'connect_failed'],
    ['ENOENT', 'before-connection', 'connect_failed'],
    ['UND_ERR_CONNECT_TIMEOUT', 'before-connection', 'connect_timeout'],
    ['UND_ERR_DESTROYED', 'before-connection', 'unavailable'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'before-connection', 'certificate_refused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'before-connection', 'certificate_refused'],
    ['CERT_HAS_EXPIRED', 'before-connection', 'certificate_refused'],
    ['ERR_TLS_CERT_PIN', 'before-connection', 'certificate_refused'],
    ['UND_ERR_HEADERS_TIMEOUT', 'before-answer', 'head_timeout'],
    ['UND_ERR_SOCKET', 'before-answer', 'closed_early'],
    ['ECONNRESET', 'before-answer', 'closed_early'],
    ['HPE_INVALID_CONSTANT', 'before-answer', 'bad_answer'],
    ['UND_ERR_HEADERS_OVERFLOW', 'before-answer', 'bad_answer'],
    ['UND_ERR_BODY_TIMEOUT', 'within-answer', 'answer_stalled'],
    ['UND_ERR_SOCKET', 'within-answer', 'answer_cut'],
    ['UND_ERR_INVALID_ARG', 'before-connection', 'client_request_invalid'],
  ] as const)
    it(`names ${code} ${progress.replace('-', ' ')} ${expected}`, () => {
      assert.equal(sideFailure(failure(code), progress), expected);
    });

  it('goes by the message where undici has no code of its own', () => {
    assert.equal(sideFailure(failure('UND_ERR_SOCKET', 'bad response'), 'before-answer'), 'bad_answer');
  });

  it('copes with what is no error', () => {
    assert.equal(sideFailure('nonsense', 'before-answer'), 'closed_early');
  });
});

describe('ForwardError', () => {
  it('carries code, side, kind and cause', () => {
    const cause = new Error('ECONNREFUSED 127.0.0.1:1');
    const error = new ForwardError('engine_connect_failed', 'engine', cause);
    assert.deepEqual(
      [error.code, error.side, error.kind.status, error.cause],
      ['engine_connect_failed', 'engine', 503, cause],
    );
    assert.ok(!error.message.includes('127.0.0.1'), 'the public sentence names no address');
  });
});
