import { deepEqual, equal, ok } from 'node:assert/strict';
import { answer, compare, passed, read, rules, told } from '../../../kit/comparison-input.js';
import { quickest } from '../../../kit/quickest.js';

const CASES: readonly { name: string; legacy: string; engine: string; expected: string[] }[] = [
  { name: 'key order and blanks mean nothing', legacy: '{"a":1,"b":2}', engine: '{ "b": 2, "a": 1 }\n', expected: [] },
  { name: 'escapes mean nothing', legacy: '{"a":"\\u00fc"}', engine: '{"a":"ü"}', expected: [] },
  { name: 'a value', legacy: '{"a":{"b":1}}', engine: '{"a":{"b":2}}', expected: ['value body.a.b'] },
  { name: 'a missing field', legacy: '{"a":1,"b":2}', engine: '{"a":1}', expected: ['missing body.b'] },
  { name: 'an extra field', legacy: '{"a":1}', engine: '{"a":1,"b":2}', expected: ['extra body.b'] },
  { name: 'null is not missing', legacy: '{"a":null}', engine: '{}', expected: ['missing body.a'] },
  { name: 'a text for a number', legacy: '{"a":1}', engine: '{"a":"1"}', expected: ['type body.a'] },
  { name: 'a list for an object', legacy: '{"a":[]}', engine: '{"a":{}}', expected: ['type body.a'] },
  { name: 'null for a text', legacy: '{"a":"x"}', engine: '{"a":null}', expected: ['type body.a'] },
  { name: 'a fraction for an integer', legacy: '{"a":1.0}', engine: '{"a":1}', expected: ['type body.a'] },
  { name: 'digits of a fraction', legacy: '{"a":1.0}', engine: '{"a":1.00}', expected: ['value body.a'] },
  {
    name: 'integers of 64 bits',
    legacy: '[9007199254740993]',
    engine: '[9007199254740992]',
    expected: ['value body[0]'],
  },
  { name: 'NaN is itself', legacy: '{"a":NaN}', engine: '{"a":NaN}', expected: [] },
  { name: 'NaN is not null', legacy: '{"a":NaN}', engine: '{"a":null}', expected: ['type body.a'] },
  { name: 'true is not false', legacy: '[true]', engine: '[false]', expected: ['value body[0]'] },
  { name: 'a field named twice', legacy: '{"a":1}', engine: '{"a":2,"a":1}', expected: ['extra body.a'] },
  {
    name: 'which of two is last',
    legacy: '{"a":1,"a":2}',
    engine: '{"a":2,"a":1}',
    expected: ['value body.a', 'value body.a'],
  },
  { name: 'a reordered list', legacy: '{"l":[1,2,3]}', engine: '{"l":[3,1,2]}', expected: ['order body.l'] },
  { name: 'one item more', legacy: '[1,2,3]', engine: '[1,9,2,3]', expected: ['extra body[1]'] },
  { name: 'one item fewer', legacy: '[1,2,3]', engine: '[1,3]', expected: ['missing body[1]'] },
  { name: 'an item twice', legacy: '[1,2]', engine: '[1,2,2]', expected: ['extra body[2]'] },
  {
    name: 'another length and other items',
    legacy: '[1,2,3]',
    engine: '[7,8]',
    expected: ['length body', 'value body[0]', 'value body[1]', 'missing body[2]'],
  },
  {
    name: 'names that would be misread',
    legacy: '{"a.b":1,"":2}',
    engine: '{"a.b":2,"":3}',
    expected: ['value body["a.b"]', 'value body[""]'],
  },
  { name: 'no JSON any more', legacy: '{"a":1}', engine: '{"a":1', expected: ['type body'] },
];

describe('comparing JSON', () => {
  for (const { name, legacy, engine, expected } of CASES)
    it(name, () => {
      const result = compare(read(answer(legacy), answer(engine)));
      deepEqual(told(result), expected);
      equal(result.verdict, expected.length === 0 ? 'match' : 'mismatch');
    });

  it('takes lists as multisets where the row says so, and tells it', () => {
    const unordered = rules({ unordered: ['body.l'] });
    const result = compare(read(answer({ l: [1, 2, 2] }), answer({ l: [2, 1, 2] })), unordered);
    equal(result.verdict, 'ignored');
    deepEqual(passed(result), ['rule body.l body.l']);
    deepEqual(told(compare(read(answer({ l: [1, 2, 2] }), answer({ l: [2, 1, 1] })), unordered)), ['value body.l[2]']);
    deepEqual(told(compare(read(answer({ l: [[1], 2] }), answer({ l: [2] })), unordered)), ['missing body.l[0]']);
  });

  it('pairs items of unordered lists by likeness', () => {
    const legacy = {
      l: [
        { id: 1, name: 'a', on: true },
        { id: 2, name: 'b', on: true },
      ],
    };
    const engine = {
      l: [
        { id: 2, name: 'b', on: false },
        { id: 1, name: 'a', on: true },
      ],
    };
    deepEqual(told(compare(read(answer(legacy), answer(engine)), rules({ unordered: ['body.l'] }))), [
      'value body.l[1].on',
    ]);
  });

  it('takes linear time, whatever lists hold', () => {
    const zeros = new Array(60_000).fill(0);
    const unordered = rules({ unordered: ['body.l'] });
    const multiset = (): unknown =>
      compare(read(answer({ l: [...zeros, 1] }), answer({ l: [...zeros, 2, 3] })), unordered);
    ok(quickest(multiset) < 1000);
    const large = Array.from({ length: 20_000 }, (_, at) => `item ${at}`);
    const small = (name: string): object[] => Array.from({ length: 2000 }, (_, at) => ({ [name]: at }));
    const oneLarge = (): unknown =>
      compare(read(answer([{ a: large }, ...small('b')]), answer([{ a: [...large, 0] }, ...small('c')])));
    ok(quickest(oneLarge) < 1500);
    const nested = (by: number): unknown =>
      Array.from({ length: 25 }).reduce((inner, _none, at) => [at * 100 + by, inner], by);
    const listsInLists = (): unknown =>
      compare(read(answer({ l: nested(1) }), answer({ l: nested(2) })), rules({ unordered: ['body.**'] }));
    ok(quickest(listsInLists) < 1000);
  });

  it('tells a bounded number of differences and counts the rest', () => {
    const list = Array.from({ length: 30_000 }, (_, at) => at);
    const result = compare(read(answer(list), answer(list.map((item) => item + 0.5))));
    equal(result.verdict, 'mismatch');
    equal(result.differences.length, 200);
    equal(result.untold.differences, 29_800);
  });
});
