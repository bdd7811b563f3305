import { deepEqual, equal } from 'node:assert/strict';
import type { IgnoreRule } from '../../../../src/facade/comparing/rules/compare-rules.js';
import { AT, answer, compare, passed, read, rules, told } from '../../../kit/comparison-input.js';

const rule = (over: Partial<IgnoreRule>): IgnoreRule => ({
  path: 'body.a',
  why: 'known',
  owner: 'nina',
  expires: AT + 1,
  ...over,
});
const pair = read(answer({ a: { x: 1, y: 1 }, b: 1 }), answer({ a: { x: 2, y: 2 }, b: 1 }));

describe('ignore rules', () => {
  it('pass what they cover, and are told and counted', () => {
    const result = compare(pair, rules({ ignore: [rule({})] }));
    equal(result.verdict, 'ignored');
    deepEqual(passed(result), ['rule body.a body.a.x', 'rule body.a body.a.y']);
    deepEqual(result.passed[0]?.why, 'known');
    deepEqual(result.used, [{ by: 'rule', rule: 'body.a', count: 2 }]);
  });

  it('do not hide the rest', () => {
    const result = compare(read(answer({ a: 1, b: 1 }), answer({ a: 2, b: 2 })), rules({ ignore: [rule({})] }));
    deepEqual(told(result), ['value body.b']);
    equal(result.passed.length, 1);
  });

  it('do not apply once they have expired, and say so', () => {
    const result = compare(pair, rules({ ignore: [rule({ expires: AT })] }));
    equal(result.verdict, 'mismatch');
    deepEqual(result.expiredRules, ['body.a']);
  });

  it('give way to one that has not expired', () => {
    const result = compare(pair, rules({ ignore: [rule({ expires: AT - 1 }), rule({ path: 'body' })] }));
    equal(result.verdict, 'ignored');
    deepEqual(result.expiredRules, []);
  });

  it('work without owner, reason and end', () => {
    equal(
      compare(pair, rules({ ignore: [rule({ why: undefined, owner: undefined, expires: undefined })] })).verdict,
      'ignored',
    );
  });

  it('are not used where equivalence is enough', () => {
    const result = compare(
      read(answer({ t: AT + 1 }), answer({ t: AT })),
      rules({ ignore: [rule({ path: 'body.t' })] }),
    );
    equal(result.verdict, 'match');
  });

  it('pass nothing when they can not be read', () => {
    equal(compare(pair, rules({ ignore: [rule({ path: 'body..' })] })).verdict, 'mismatch');
  });

  it('are counted whole, however few passed differences are listed', () => {
    const list = Array.from({ length: 1000 }, (_, at) => at);
    const many = read(answer(list), answer(list.map((item) => item + 2000)));
    const result = compare(many, rules({ ignore: [rule({ path: 'body[*]' })] }));
    deepEqual(result.used, [{ by: 'rule', rule: 'body[*]', count: 1000 }]);
    deepEqual(result.untold, { differences: 0, passed: 800 });
  });
});
