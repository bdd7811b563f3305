import assert from 'node:assert/strict';
import { mayEmit } from '../../src/legacy-bridge/emitting-routes.js';

describe('mayEmit', () => {
  it('is true of the calls that tell agents or screens something', () => {
    for (const path of [
      '/api/agent/provision',
      '/api/scripts/quick_run',
      '/api/ansible/quick_run',
      '/api/ansible/recap/report',
      '/api/scripts/%71uick_run',
    ])
      assert.equal(mayEmit('POST', path), true, path);
  });

  it('is false of other methods there, of all other routes, and of paths that are no route', () => {
    for (const [method, path] of [
      ['GET', '/api/agent/provision'],
      ['POST', '/api/agent/heartbeat'],
      ['POST', '/api/scheduled_jobs'],
      ['DELETE', '/api/device/activity/PC'],
      ['POST', '/api/scripts/quick_run/x'],
      ['GET', '/'],
    ] as const)
      assert.equal(mayEmit(method, path), false, path);
  });
});
