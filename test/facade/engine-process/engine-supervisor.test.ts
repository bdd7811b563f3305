import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { EngineState } from '../../../src/facade/engine-process/engine-state.js';
import {
  EngineSupervisor,
  type EngineSupervisorOptions,
} from '../../../src/facade/engine-process/engine-supervisor.js';
import { recordingLog } from '../../kit/silent-log.js';

const entry = fileURLToPath(new URL('../../kit/stub-engine.mjs', import.meta.url));

describe('engine supervisor', () => {
  let supervisor: EngineSupervisor;
  let states: EngineState[];
  let log: ReturnType<typeof recordingLog>;

  const start = (mode: string, more: Partial<EngineSupervisorOptions> = {}) => {
    log = recordingLog();
    states = [];
    supervisor = new EngineSupervisor({
      entry,
      env: { ...process.env, STUB_MODE: mode },
      execArgv: [],
      probe: () => Promise.resolve(true),
      readyTimeoutMs: 10_000,
      backoffMs: 10,
      now: Date.now,
      log,
      ...more,
    });
    supervisor.onChange((state) => states.push(state));
    supervisor.start();
  };
  const reached = (wanted: (state: EngineState) => boolean) =>
    new Promise<EngineState>((resolve) => {
      if (wanted(supervisor.state())) return resolve(supervisor.state());
      const stop = supervisor.onChange((state) => {
        if (!wanted(state)) return;
        stop();
        resolve(state);
      });
    });
  const alive = (pid: number | undefined) => {
    try {
      return process.kill(pid ?? assert.fail('no pid'), 0);
    } catch {
      return false;
    }
  };

  afterEach(() => supervisor.stop());

  it('starts the engine, knows when it is ready, and stops it', async () => {
    start('live');
    const { pid } = await reached(({ state }) => state === 'ready');
    assert.equal(alive(pid), true);
    await supervisor.stop();
    assert.equal(alive(pid), false);
    assert.deepEqual(
      states.map(({ state }) => state),
      ['starting', 'ready', 'stopped'],
    );
    assert.equal(supervisor.state().restarts, 0);
  });

  it('knows the build of an engine that is ready, and of no other', async () => {
    start('live');
    const { build } = await reached(({ state }) => state === 'ready');
    assert.equal(build, 'unknown');
    assert.deepEqual(
      states.filter(({ state }) => state !== 'ready').map((state) => state.build),
      [undefined],
    );
  });

  it('starts it again when it is killed', async () => {
    start('live');
    const { pid } = await reached(({ state }) => state === 'ready');
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await reached((state) => state.state === 'ready' && state.pid !== pid);
    assert.equal(again.restarts, 1);
    assert.equal(again.lastEnd, 'signal SIGKILL');
  });

  it('pauses longer before each restart of one that does not get ready', async () => {
    start('exit');
    await reached(({ restarts, state }) => restarts === 3 && state === 'waiting');
    const pauses = log.entries
      .filter(({ message }) => message === 'engine-ended')
      .map(({ fields }) => (fields as { restartInMs: number }).restartInMs);
    assert.deepEqual(pauses.slice(0, 4), [10, 20, 40, 80]);
    assert.equal(supervisor.state().lastEnd, 'exit code 3');
  });

  it('ends and restarts one that does not get ready in time', async () => {
    start('mute', { readyTimeoutMs: 400 });
    await reached(({ state }) => state === 'waiting');
    assert.equal(supervisor.state().lastEnd, 'signal SIGKILL');
    assert.ok(log.entries.some(({ message }) => message === 'engine-not-ready'));
  });

  it('ends one that hangs: ready, but silent to its probes', async () => {
    start('live', { probe: () => Promise.reject(new Error('timeout')), probeMs: 5, probeFailures: 3 });
    await reached(({ state }) => state === 'waiting');
    assert.ok(
      log.entries.some(
        ({ message, fields }) => message === 'engine-hangs' && (fields as { probes: number }).probes === 3,
      ),
    );
  });

  it('kills one that ignores the request to stop', async () => {
    start('stubborn', { stopMs: 50 });
    const { pid } = await reached(({ state }) => state === 'ready');
    await supervisor.stop();
    assert.equal(alive(pid), false);
  });

  it('passes what it prints on to the log', async () => {
    start('live');
    const line = await log.told('engine-output');
    assert.deepEqual(line, { line: 'stub engine runs' });
  });
});
