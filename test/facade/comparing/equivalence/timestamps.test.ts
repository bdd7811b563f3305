import { deepEqual, equal } from 'node:assert/strict';
import { DEFAULT_COMPARE_RULES } from '../../../../src/facade/comparing/rules/compare-rules.js';
import {
  AT,
  answer,
  compare,
  comparedRequest,
  passed,
  read,
  rules,
  told,
  updated,
  write,
} from '../../../kit/comparison-input.js';

const iso = (ms: number, digits = '000'): string => new Date(ms).toISOString().replace(/(\.\d+)Z/, `$1${digits}+00:00`);
/** No second's turn lies within the time that the sides worked. */
const QUIET = Math.floor(AT / 1000);
/** A request during which a second turns. */
const TURNING = { request: { at: AT + 590 } };

function written(legacy: unknown, engine: unknown, request: object = {}) {
  return compare(write({ answers: [answer({ t: legacy }), answer({ t: engine })], ...request }));
}

describe('timestamps of writes', () => {
  it('may be as far apart as the sides worked, in the same form', () => {
    deepEqual(passed(written(iso(AT + 15, '123'), iso(AT + 2))), ['equivalence timestamp body.t']);
    equal(written(AT + 15, AT + 2).verdict, 'match');
    equal(written(iso(AT + 15).replace('T', ' '), iso(AT + 2)).verdict, 'mismatch');
    equal(written(iso(AT + 15).replace('+00:00', 'Z'), iso(AT + 2)).verdict, 'mismatch');
    equal(written(QUIET, QUIET * 1000).verdict, 'mismatch');
  });

  it('may lack a fraction that is zero', () => {
    const whole = (QUIET + 1) * 1000;
    equal(written(iso(whole + 3, '001'), iso(whole).replace('.000000', ''), TURNING).verdict, 'match');
    equal(written(iso(AT + 3, '001'), iso(AT).replace(/\.\d+/, '')).verdict, 'mismatch');
  });

  for (const [name, off] of [
    ['second', 1],
    ['minute', 60],
    ['hour', 3600],
    ['day', 86_400],
    ['second early', -1],
  ] as const)
    it(`are found when off by one ${name}`, () => {
      equal(written(QUIET, QUIET + off).verdict, 'mismatch');
      equal(written(iso(AT), iso(AT + off * 1000)).verdict, 'mismatch');
      equal(written(QUIET + 2_592_000, QUIET + 2_592_000 + off).verdict, 'mismatch');
    });

  it('may turn a second when one turned, in the order in which the sides worked', () => {
    equal(written(QUIET + 1, QUIET, TURNING).verdict, 'match');
    equal(written(QUIET + 2_592_001, QUIET + 2_592_000, TURNING).verdict, 'match');
    equal(written(QUIET, QUIET + 1, TURNING).verdict, 'mismatch');
    equal(written(QUIET + 2, QUIET, TURNING).verdict, 'mismatch');
  });

  it('may be as much further apart as the legacy was asked later, and no more', () => {
    const of = (legacyAt: number, ms: number) => {
      const answers = [answer({ t: iso(AT + ms) }), answer({ t: iso(AT) })] as const;
      return compare({ ...write({ answers }), legacyAt: AT + legacyAt }).verdict;
    };
    equal(of(1200, 1205), 'match');
    equal(of(10, 1205), 'mismatch');
    equal(of(1200, 2205), 'mismatch');
    equal(of(1200, -1000), 'mismatch');
  });

  it('may be written by the legacy alone where the engine wrote the second that stood there', () => {
    const beat = (stood: number, legacy: number, at: object = TURNING) => {
      const before = { guid: 'G', seen: stood, name: 'a' };
      return compare(write({ legacy: { rows: [updated('devices', before, { seen: legacy })] }, ...at })).verdict;
    };
    equal(beat(QUIET, QUIET + 1), 'match');
    equal(beat(QUIET, QUIET + 1, {}), 'mismatch');
    equal(beat(QUIET - 1, QUIET + 1), 'mismatch');
    equal(beat(QUIET, QUIET + 2), 'mismatch');
    equal(beat(QUIET - 1, QUIET), 'mismatch');
  });

  it('must be equal where a row says so', () => {
    const input = write({ answers: [answer({ t: AT + 15 }), answer({ t: AT })] });
    deepEqual(told(compare(input, rules({ exactTimestamps: ['body.t'] }))), ['value body.t']);
  });

  it('allow for a clock of another machine', () => {
    const input = write({ answers: [answer({ t: QUIET - 2 }), answer({ t: QUIET })] });
    equal(compare(input).verdict, 'mismatch');
    equal(compare(input, rules({ clockSkewMs: 3000 })).verdict, 'match');
  });

  it('are shifted when a replay asks the engine later', () => {
    const later = 86_400_000;
    const input = (engine: unknown) => ({
      ...write({ answers: [answer({ t: QUIET }), answer({ t: engine })] }),
      engineAt: AT + later,
    });
    equal(compare(input(QUIET + 86_400)).verdict, 'match');
    equal(compare(input(QUIET + 86_401)).verdict, 'mismatch');
    equal(compare(input(QUIET)).verdict, 'match');
  });

  it('pass in the midst of texts, and in headers', () => {
    equal(written(`made ${iso(AT + 9)}.`.replace('.', '.'), `made ${iso(AT + 1)}.`).verdict, 'mismatch');
    equal(written(`made (${iso(AT + 9)})`, `made (${iso(AT + 1)})`).verdict, 'match');
    equal(written(`made (${iso(AT + 9)})`, `Made (${iso(AT + 1)})`).verdict, 'mismatch');
  });
});

describe('timestamps of reads', () => {
  const reads = (legacy: unknown, engine: unknown, at = AT) =>
    compare(
      read(answer({ t: legacy }), answer({ t: engine }), { request: comparedRequest({ at }) }),
      DEFAULT_COMPARE_RULES,
    );

  it('must be equal when they are stored', () => {
    equal(reads(QUIET - 100, QUIET - 101).verdict, 'mismatch');
    equal(reads(iso(AT - 60_000), iso(AT - 60_001)).verdict, 'mismatch');
    equal(reads(QUIET, QUIET - 1).verdict, 'mismatch');
  });

  it('may differ when both are of this moment', () => {
    equal(reads(AT + 4, AT + 1).verdict, 'match');
    equal(reads(QUIET, QUIET + 1, AT + 590).verdict, 'match');
    equal(reads('October 9th 2025 @ 8:53AM', 'October 9th 2025 @ 8:54AM').verdict, 'mismatch');
  });
});

describe('whole minutes', () => {
  const MINUTE = Math.floor(AT / 60_000) * 60;
  /** Ten milliseconds before the minute turns. */
  const turning = { request: { at: MINUTE * 1000 + 59_990 } };
  const reads = (legacy: number, engine: number, of: object = turning) => {
    const { request, ...over } = { request: {}, ...of };
    const input = read(answer({ t: legacy }), answer({ t: engine }), { request: comparedRequest(request), ...over });
    return compare(input).verdict;
  };

  it('may be this one, and for the side that looked after its turn a later one', () => {
    equal(reads(MINUTE, MINUTE + 60), 'match');
    equal(reads(MINUTE + 60, MINUTE), 'match');
    equal(reads(MINUTE, MINUTE + 300), 'match');
    equal(written(MINUTE + 60, MINUTE, turning).verdict, 'match');
    equal(written(MINUTE + 300, MINUTE, turning).verdict, 'match');
  });

  it('must be equal when no minute turns, when it is not this one, and when they are not whole', () => {
    equal(reads(MINUTE, MINUTE + 60, {}), 'mismatch');
    equal(written(MINUTE + 60, MINUTE).verdict, 'mismatch');
    equal(reads(MINUTE + 60, MINUTE + 120), 'mismatch');
    equal(reads(MINUTE - 60, MINUTE), 'mismatch');
    equal(reads(MINUTE, MINUTE + 61), 'mismatch');
    equal(written(MINUTE + 61, MINUTE + 1, turning).verdict, 'mismatch');
  });

  it('are those of either side when a replay asks the engine later', () => {
    const later = { engineAt: AT + 86_400_000 };
    equal(reads(MINUTE, MINUTE + 86_400, later), 'match');
    equal(reads(MINUTE, MINUTE + 86_460, later), 'mismatch');
    equal(reads(MINUTE - 60, MINUTE + 86_400, later), 'mismatch');
  });
});

describe('a wait that is told', () => {
  it('is shorter at the side that answers later', () => {
    const limited = (retry: string, after: number) =>
      answer(
        { retry_after: after },
        {
          status: 429,
          headers: [
            ['content-type', 'application/json'],
            ['retry-after', retry],
          ],
        },
      );
    equal(compare(write({ answers: [limited('42', 42.98), limited('43', 43.01)] })).verdict, 'match');
    equal(compare(write({ answers: [limited('43', 43.01), limited('42', 42.98)] })).verdict, 'mismatch');
  });
});
