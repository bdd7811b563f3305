#!/usr/bin/env node
// Says whether what the project carries under test/parity is behind the shared originals, where there are any.
// Exit 0: equal, or no originals here. Exit 1: a list of files. --update copies them over.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../', import.meta.url));
const shared = process.env.PARITY_SOURCE ?? join(project, '..', 'shared');
const copy = join(project, 'test', 'parity');

/** Original and copy, as folders; `only` names the files that are carried, all when absent. */
const CARRIED = [
  { from: join(shared, 'contract'), to: join(copy, 'contract'), only: ['schema.sql', 'next-run.json'] },
  { from: join(shared, 'parity'), to: join(copy, 'suite') },
];

function filesOf(folder, only) {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return only ? all.filter((file) => only.includes(file)) : all;
}

function differences() {
  const found = [];
  for (const { from, to, only } of CARRIED) {
    const originals = new Set(filesOf(from, only));
    for (const file of originals) {
      const [source, target] = [join(from, file), join(to, file)];
      const what = !existsSync(target) ? 'missing' : readFileSync(source).equals(readFileSync(target)) ? '' : 'differs';
      if (what) found.push({ what, source, target });
    }
    for (const file of filesOf(to))
      if (!originals.has(file)) found.push({ what: 'no original', target: join(to, file) });
  }
  return found;
}

function update(found) {
  for (const { source, target } of found) {
    if (source === undefined) rmSync(target);
    else {
      mkdirSync(dirname(target), { recursive: true });
      // Not copyFileSync: the originals may be read-only, and the copy must stay writable.
      writeFileSync(target, readFileSync(source));
    }
  }
}

if (!CARRIED.every(({ from }) => existsSync(from))) {
  console.log('no originals here to compare with');
  process.exit(0);
}
const found = differences();
for (const { what, target } of found) console.log(`${what}: ${target.slice(project.length)}`);
if (process.argv.includes('--update')) update(found);
else if (found.length > 0) {
  console.log('run: node scripts/check-parity-copy.mjs --update');
  process.exit(1);
}
