/** A program that can't be started: the run fails with the system's words, and nothing else does. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Program, runProgram } from '../../../src/engine/services/playbooks/run-program.js';

describe('a program that can not be started', function () {
  this.timeout(30_000);
  const program = (): Program => ({
    ...{ file: 'true', arguments: [], folder: tmpdir(), environment: { PATH: process.env.PATH } },
    ...{ mostOutput: 1000, signal: new AbortController().signal },
  });

  it('has no outputs, and its error comes later', async () => {
    const child = Object.assign(new EventEmitter(), { pid: undefined, stdout: undefined, stderr: undefined });
    const ended = runProgram(program(), () => {
      process.nextTick(() => child.emit('error', new Error('spawn true EMFILE')));
      return child as unknown as ChildProcess;
    });
    assert.deepEqual(await ended, { exitCode: null, stdout: '', stderr: '', failure: 'spawn true EMFILE' });
  });

  it('for want of descriptors ends nobody but its run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'few-descriptors-'));
    try {
      const file = join(folder, 'few.mts');
      const path = JSON.stringify(resolve('src/engine/services/playbooks/run-program.ts'));
      await writeFile(
        file,
        `import { closeSync, openSync } from 'node:fs';
        const { runProgram } = await import(${path});
        const program = () => ({ file: 'true', arguments: [], folder: '/', environment: {}, mostOutput: 9, signal: new AbortController().signal });
        await runProgram(program());
        const taken = [];
        try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch {}
        const failures = [];
        for (let free = 0; free < 8; free += 1) {
          const { failure } = await runProgram(program()).catch((error) => ({ failure: error.message }));
          failures.push(failure ?? '');
          closeSync(taken.pop());
        }
        for (const descriptor of taken) closeSync(descriptor);
        console.log(JSON.stringify(failures));`,
      );
      const few = `ulimit -n 200 && exec ${process.execPath} --import tsx ${file}`;
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', few], { cwd: resolve('.') });
      const failures = JSON.parse(stdout) as string[];
      assert.ok(
        failures.some((failure) => /EMFILE/.test(failure)),
        stdout,
      );
      assert.equal(failures.length, 8);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
