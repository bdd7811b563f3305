import assert from 'node:assert/strict';
import { CLIENT_FAILURES, ForwardError, type ForwardErrorCode } from '../../../src/facade/forwarding/forward-error.js';
import type { ForwardResult } from '../../../src/facade/forwarding/forward-result.js';
import { outcomeOf } from '../../../src/facade/guard/request-outcome.js';

const answered = (status: number): ForwardResult => ({
  ...{ outcome: 'answered', status, headMs: 1, bytesUp: 0, bytesDown: 0 },
});
const failed = (code: ForwardErrorCode): ForwardResult => ({
  ...{ outcome: 'failed', error: new ForwardError(code, 'engine'), answerStarted: false, neverSent: false },
  ...{ bodyConsumed: false, bytesUp: 0, bytesDown: 0 },
});

describe('what a forwarded request tells', () => {
  it('takes every status below 500 for an answer', () => {
    for (const status of [200, 302, 400, 401, 404, 429, 499]) assert.equal(outcomeOf(answered(status)), 'answered');
    for (const status of [500, 501, 503, 599]) assert.equal(outcomeOf(answered(status)), 'error');
  });

  it('blames no side for what a client did, or for being switched off', () => {
    for (const code of Object.keys(CLIENT_FAILURES) as ForwardErrorCode[])
      assert.equal(outcomeOf(failed(code)), 'nothing');
    assert.equal(outcomeOf(failed('engine_unavailable')), 'nothing');
  });

  it('tells slow from broken from absent', () => {
    assert.equal(outcomeOf(failed('engine_head_timeout')), 'timeout');
    assert.equal(outcomeOf(failed('engine_answer_stalled')), 'timeout');
    assert.equal(outcomeOf(failed('engine_closed_early')), 'error');
    assert.equal(outcomeOf(failed('engine_connect_failed')), 'unreachable');
  });
});
