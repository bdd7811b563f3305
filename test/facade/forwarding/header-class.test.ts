import assert from 'node:assert/strict';
import { headerClass, namesInConnection } from '../../../src/facade/forwarding/header-class.js';

describe('headerClass', () => {
  for (const [name, expected] of [
    ['Authorization', 'keep'],
    ['COOKIE', 'keep'],
    ['constructor', 'keep'],
    ['__proto__', 'keep'],
    ['Keep-Alive', 'hop'],
    ['TE', 'hop'],
    ['Proxy', 'hop'],
    ['X-Forwarded-For', 'forwarded-for'],
    ['x_forwarded_for', 'internal'],
    ['X-Forwarded_Proto', 'internal'],
    ['content_length', 'internal'],
    ['X-Facade-Anything', 'internal'],
    ['x_borealis-facade_shadow', 'internal'],
    ['X-Borealis-Agent-Context', 'agent-context'],
    ['X_Borealis_Agent_Context', 'keep'],
    ['My_Header', 'keep'],
  ] as const)
    it(`of ${name} is ${expected}`, () => {
      assert.equal(headerClass(name), expected);
      assert.equal(headerClass(name), expected, 'the second time too');
    });

  it('does not grow with the names that clients make up', () => {
    for (let at = 0; at < 5000; at += 1) assert.equal(headerClass(`x-made-up-${at}`), 'keep');
  });
});

describe('namesInConnection', () => {
  it('leaves out what is dropped anyway', () => {
    assert.equal(namesInConnection('keep-alive'), undefined);
    assert.equal(namesInConnection('Close, upgrade , ,Keep-Alive'), undefined);
    assert.deepEqual(namesInConnection('close, X-One, x-two'), new Set(['x-one', 'x-two']));
  });

  it('adds to names found before', () => {
    const before = new Set(['a']);
    assert.deepEqual(namesInConnection('close', before), before);
    assert.deepEqual(namesInConnection('B', before), new Set(['a', 'b']));
  });
});
