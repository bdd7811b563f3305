import assert from 'node:assert/strict';
import { readSocketTarget } from '../../../src/facade/sockets/socket-target.js';

describe('reading a Socket.IO target', () => {
  const targets: [string, object | string][] = [
    ['/socket.io/', { path: '/socket.io/', sid: undefined }],
    ['/socket.io/?EIO=4&transport=polling', { path: '/socket.io/', sid: undefined }],
    ['/socket.io/?EIO=4&sid=a-B_1&t=x', { path: '/socket.io/', sid: 'a-B_1' }],
    ['/socket.io/?sid=first&sid=second', { path: '/socket.io/', sid: 'first' }],
    ['/socket.io/?sid=%61', { path: '/socket.io/', sid: 'a' }],
    ['/socket.io/?sid=', { path: '/socket.io/', sid: undefined }],
    ['/socket.io/?x=/../', { path: '/socket.io/', sid: undefined }],
    ['/socket.io//', { path: '/socket.io//', sid: undefined }],
    ['/socket.io', 'socket_path_unknown'],
    ['/Socket.io/', 'socket_path_unknown'],
    ['/api/x', 'socket_path_unknown'],
    ['/socket.io/../api', 'path_ambiguous'],
    ['/socket.io/%2E%2e', 'path_ambiguous'],
    ['/socket.io/.%2e/x', 'path_ambiguous'],
    ['/socket.io/./x', 'path_ambiguous'],
    ['/socket.io/a\\b', 'path_ambiguous'],
  ];
  for (const [target, expected] of targets) {
    it(target, () => assert.deepEqual(readSocketTarget(target), expected));
  }
});
