import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from './cli-fixture.js';

describe('facade completion', () => {
  let directory: string;
  let script: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'facade-completion-'));
    script = join(directory, 'facade.bash');
    writeFileSync(script, (await cli(['completion', 'bash'])).out);
    // Stands for the command itself, which the script asks for ids.
    writeFileSync(
      join(directory, 'facade'),
      '#!/bin/sh\necho health\necho enrollment\necho event:macro_status\necho event:agent_heartbeat\n',
    );
    chmodSync(join(directory, 'facade'), 0o755);
  });
  after(() => rmSync(directory, { recursive: true }));

  /** What bash offers after these words; the last one is being typed. */
  const offered = (...words: string[]): string[] => {
    const quoted = ['facade', ...words].map((word) => `'${word}'`).join(' ');
    const code = `source ${script}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _facade; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
    return execFileSync('bash', ['-c', code], { encoding: 'utf8', env }).split('\n').filter(Boolean);
  };

  it('offers commands, subcommands and options', () => {
    assert.deepEqual(offered('r').sort(), ['replay', 'report', 'rollback', 'routes']);
    assert.deepEqual(offered('sockets', 'd'), ['drain']);
    assert.deepEqual(offered('flip', '--p'), ['--percent']);
    assert.deepEqual(offered('start', '--listen').sort(), ['--listen-host', '--listen-port']);
    assert.deepEqual(offered('status', '--js'), ['--json']);
  });

  it('offers ids of rows, stages and choices', () => {
    assert.deepEqual(offered('flip', '').slice(0, 2), ['health', 'enrollment']);
    assert.deepEqual(offered('flip', 'health', 'e'), ['engine']);
    assert.deepEqual(offered('--config', 'x.yaml', 'flip', 'health', 'e'), ['engine']);
    assert.deepEqual(offered('sockets', 'drain', '--side', '').sort(), ['engine', 'legacy']);
    assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish']);
  });

  it('takes an id with a colon for one word, as bash does not', () => {
    const whole = ['event:macro_status', 'event:agent_heartbeat'];
    assert.deepEqual(offered('flip', 'ev'), whole);
    assert.deepEqual(offered('flip', 'event', ':'), ['macro_status', 'agent_heartbeat']);
    assert.deepEqual(offered('flip', 'event', ':', 'ag'), ['agent_heartbeat']);
    assert.deepEqual(offered('flip', 'event', ':', 'agent_heartbeat', 's'), ['shadow', 'split']);
  });

  it('is sound for bash and written for zsh and fish', async () => {
    execFileSync('bash', ['-n', script]);
    const zsh = (await cli(['completion', 'zsh'])).out;
    assert.match(zsh, /^#compdef facade\n/);
    const fish = (await cli(['completion', 'fish'])).out;
    assert.match(fish, /^complete -c facade -n '__fish_use_subcommand' -f -a routes -d 'list the migration table'$/m);
    assert.match(fish, /^complete -c facade -n '__fish_seen_subcommand_from flip' -l why /m);
    for (const line of fish.trim().split('\n'))
      assert.equal((line.replaceAll("\\'", '').match(/'/g) ?? []).length % 2, 0, line);
  });
});
