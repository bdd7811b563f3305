/**
 * A program that stands for `ansible-playbook`: it notes how it was called and what it found there, then does what the test has told it.
 * Owns a folder of its own, to be put on PATH.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * `hang`: with a child, until killed; both ignore SIGTERM at `stubborn`. `daemon`: ends, and leaves a child in a group of its own that keeps
 * the outputs open. `flood`: ten million bytes on each output.
 */
export type Behaviour = 'succeed' | 'fail' | 'hang' | 'stubborn' | 'daemon' | 'flood';

/** How it was called. */
export interface AnsibleCall {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly pids: readonly number[];
  /** Modes in octal, and texts, by path below the folder of the inventory; `.` is the folder. */
  readonly modes: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly inventory: string;
  readonly playbook: string;
}

export interface AnsibleStandIn {
  /** For the environment of whoever is to find it. */
  readonly path: string;
  behave(behaviour: Behaviour): Promise<void>;
  calls(): Promise<readonly AnsibleCall[]>;
  /** Waits for so many calls. */
  called(count: number): Promise<readonly AnsibleCall[]>;
  remove(): Promise<void>;
}

const SOURCE = `#!${process.execPath}
const { spawn } = require('node:child_process');
const { mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');
const own = dirname(process.argv[1]);
const behaviour = readFileSync(join(own, 'behaviour'), 'utf8');
const args = process.argv.slice(2);
const inventory = args[args.indexOf('-i') + 1];
const workspace = dirname(inventory);
const [modes, texts] = [{}, {}];
const look = (path) => {
  const found = statSync(path);
  const name = relative(workspace, path) || '.';
  modes[name] = (found.mode & 0o777).toString(8);
  if (found.isDirectory()) for (const entry of readdirSync(path)) look(join(path, entry));
  else texts[name] = readFileSync(path, 'utf8');
};
look(workspace);
const pids = [process.pid];
if (behaviour === 'hang' || behaviour === 'stubborn') {
  if (behaviour === 'stubborn') process.on('SIGTERM', () => undefined);
  const code = behaviour === 'stubborn' ? "process.on('SIGTERM', () => undefined);" : '';
  pids.push(spawn(process.execPath, ['-e', code + 'setInterval(() => undefined, 1000)'], { stdio: 'inherit' }).pid);
  setInterval(() => undefined, 1000);
}
if (behaviour === 'daemon') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit', detached: true });
  child.unref();
  pids.push(child.pid);
}
const call = { arguments: args, environment: process.env, folder: process.cwd(), pids, modes, texts, inventory, playbook: readFileSync(args[0], 'utf8') };
const file = join(own, 'calls', process.hrtime.bigint() + '-' + process.pid);
mkdirSync(join(own, 'calls'), { recursive: true });
writeFileSync(file + '.tmp', JSON.stringify(call));
renameSync(file + '.tmp', file + '.json');
if (behaviour === 'succeed') console.log('PLAY RECAP ok=1');
if (behaviour === 'fail') { console.log('PLAY RECAP failed=1'); console.error('unreachable'); process.exitCode = 2; }
if (behaviour === 'flood') for (const [out, letter] of [[process.stdout, 'o'], [process.stderr, 'e']]) {
  out.write('first\\n');
  for (let at = 0; at < 100; at += 1) out.write(letter.repeat(100_000));
  out.write('\\nlast\\n');
}
`;

export async function ansibleStandIn(behaviour: Behaviour = 'succeed'): Promise<AnsibleStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'ansible-stand-in-'));
  const program = join(folder, 'ansible-playbook');
  await writeFile(program, SOURCE);
  await chmod(program, 0o755);
  const standIn: AnsibleStandIn = {
    path: [folder, process.env.PATH ?? ''].join(delimiter),
    behave: (next) => writeFile(join(folder, 'behaviour'), next),
    async calls() {
      const names = existsSync(join(folder, 'calls')) ? await readdir(join(folder, 'calls')) : [];
      const files = names.filter((name) => name.endsWith('.json')).sort();
      return await Promise.all(
        files.map(async (name) => JSON.parse(await readFile(join(folder, 'calls', name), 'utf8')) as AnsibleCall),
      );
    },
    async called(count) {
      for (;;) {
        const calls = await standIn.calls();
        if (calls.length >= count) return calls;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await standIn.behave(behaviour);
  return standIn;
}

/** Whether a process is there, and no zombie that only waits to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Names of what is in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await stat(folder).catch(() => undefined)) === undefined ? [] : await readdir(folder);
}
