import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { bucketOf, millisecondsOf, percentile } from '../../../../src/facade/comparing/store/latency-buckets.js';
import { parameterShape } from '../../../../src/facade/comparing/store/parameter-shape.js';

describe('latency buckets', () => {
  it('give back what went in, within 5 %', () => {
    void fc.assert(
      fc.property(fc.double({ min: 0.01, max: 2_000_000, noNaN: true }), (ms) => {
        const back = millisecondsOf(bucketOf(ms));
        return Math.abs(back / ms - 1) < 0.05 || ms < 0.0101;
      }),
    );
  });

  it('take what is no time', () => {
    for (const odd of [0, -1, Number.NaN]) assert.equal(bucketOf(odd), 0);
    assert.equal(bucketOf(Number.POSITIVE_INFINITY), 224);
  });

  it('add up', () => {
    const counts = new Map([
      [bucketOf(1), 98],
      [bucketOf(1000), 2],
    ]); // prettier-ignore
    assert.ok((percentile(counts, 0.98) ?? 0) < 1.1);
    assert.ok((percentile(counts, 0.99) ?? 0) > 900);
    assert.equal(percentile(new Map(), 0.5), null);
  });
});

describe('the shape of parameters', () => {
  const shape = (target: string, body = '', type = 'application/json') =>
    parameterShape({ target, headers: [['content-type', type]], body: Buffer.from(body) });

  it('tells names, and never values', () => {
    assert.equal(shape('/a'), '-');
    assert.equal(shape('/a?b=1&a=secret&b=2'), '?a,b');
    assert.equal(
      shape('/a?x=1', '{"guid":"secret","n":1,"list":[],"none":null}'),
      '?x {guid:string,list:list,n:number,none:null}',
    );
  });

  it('tells what is no JSON object', () => {
    assert.equal(shape('/a', '[1]'), 'json list');
    assert.equal(shape('/a', '{"a"'), 'broken json');
    assert.equal(shape('/a', 'x', 'text/plain; charset=x'), 'text/plain');
    assert.equal(shape('/a', 'x', ''), 'untyped');
    assert.equal(shape('/a', JSON.stringify('x'.repeat(70_000))), 'json, large');
  });

  it('hides names that could be anything', () => {
    assert.equal(shape(`/a?${'0123456789abcdef'.repeat(2)}`), '?(odd)');
    assert.equal(shape('/a?%00%1b'), '?(odd)');
    assert.equal(shape('/a?a123456=1'), '?(odd)');
  });

  it('does not look into objects of very many fields', () => {
    const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_none, at) => [`k${at}`, at]));
    assert.match(shape('/a', JSON.stringify(fields(200))), /^\{k0:number,.*,…\}$/);
    assert.equal(shape('/a', JSON.stringify(fields(201))), '{over 200 fields}');
  });

  it('stays short', () => {
    const many = Array.from({ length: 100 }, (_none, at) => `p${String.fromCharCode(97 + (at % 26))}${at}=1`).join('&');
    assert.ok(shape(`/a?${many}`).length < 500);
  });
});
