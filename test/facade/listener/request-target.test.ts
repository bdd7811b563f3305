import assert from 'node:assert/strict';
import { readTarget } from '../../../src/facade/listener/request-target.js';

describe('readTarget', () => {
  for (const [url, expected] of [
    ['/', { target: '/', path: '/', authority: undefined }],
    ['/a?b?c', { target: '/a?b?c', path: '/a', authority: undefined }],
    ['//a//b', { target: '//a//b', path: '//a//b', authority: undefined }],
    ['http://h', { target: '/', path: '/', authority: 'h' }],
    ['HTTP://h:1?x', { target: '/?x', path: '/', authority: 'h:1' }],
    ['https://[::1]:5/a%2Fb?x', { target: '/a%2Fb?x', path: '/a%2Fb', authority: '[::1]:5' }],
  ] as const)
    it(`splits ${url}`, () => assert.deepEqual(readTarget(url), expected));

  for (const url of ['', '*', 'a', 'h:80', 'ftp://h/', 'http:///a', 'http://u@h/', 'http://h\\@g/'])
    it(`refuses ${JSON.stringify(url)}`, () => assert.equal(readTarget(url), undefined));
});
