/** The service and the command that operators install say the same of places, and give the facade the time that it takes to stop. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../src/facade/settings/load-settings.js';
import { projectRoot } from '../kit/python.js';

/** How long a stopping engine may take, and sockets to be closed, in milliseconds. */
const ENGINE_AND_SOCKETS_MS = 11_000;

describe('config/systemd', () => {
  const unit = readFileSync(join(projectRoot, 'config/systemd/borealis-facade.service'), 'utf8');
  const command = readFileSync(join(projectRoot, 'config/systemd/facade'), 'utf8');
  const value = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(unit)?.[1] ?? assert.fail(key);

  it('lets the facade finish what is in flight, and end its engine itself', () => {
    const { limits } = loadSettings({ env: {}, args: [] });
    assert.ok(Number(value('TimeoutStopSec')) * 1000 > limits.shutdownMs + ENGINE_AND_SOCKETS_MS);
    assert.equal(value('KillMode'), 'mixed');
  });

  it('has program, settings, environment and user where the command has them', () => {
    const [, program, settings] = /^\S+ (\S+) start --config (\S+)$/.exec(value('ExecStart')) ?? [];
    for (const place of [program, settings, value('EnvironmentFile'), `user=${value('User')}`])
      assert.ok(place !== undefined && command.includes(place), place);
  });
});
