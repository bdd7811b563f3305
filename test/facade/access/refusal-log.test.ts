/** What the log says of callers that were not let in: enough for an operator, and never as much as a stranger wants. */
import assert from 'node:assert/strict';
import { RefusalLog } from '../../../src/facade/access/refusal-log.js';

describe('access: refusals in the log', () => {
  let clock: number;
  let lines: string[];
  let refusals: RefusalLog;
  const keep = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const refusal = { row: 'sites', why: 'because', requestId: 'r' };
  beforeEach(() => {
    clock = 0;
    lines = [];
    refusals = new RefusalLog(log, () => clock);
  });

  it('who is no caller at all is a line at debug', () => {
    for (let n = 0; n < 3; n += 1) refusals.tell({ code: 'access_denied', ...refusal });
    const line = 'debug access refused {"code":"access_denied","row":"sites","why":"because","requestId":"r"}';
    assert.deepEqual(lines, [line, line, line]);
  });

  it('that callers can not be told apart is a warning once a minute, with the number of those between', () => {
    const told = () => lines.map((line) => line.replace(/ access refused .*?(,"untold":\d+)?\}$/, '$1'));
    const unsure = () => refusals.tell({ code: 'access_unavailable', ...refusal });
    unsure();
    unsure();
    clock = 59_999;
    unsure();
    clock = 60_000;
    unsure();
    clock = 120_000;
    unsure();
    assert.deepEqual(told(), ['warn', 'debug', 'debug', 'warn,"untold":2', 'warn']);
  });
});
