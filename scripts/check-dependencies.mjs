#!/usr/bin/env node
// Holds src to its dependency direction (ARCHITECTURE.md, "Who may import whom"): facade and engine never meet but over a
// socket, the engine's layers never import upward, and only main files read the environment.
// Type-only imports may point upward: they vanish at run time.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const SRC = resolve(import.meta.dirname, '../src');
/** Layers of the engine, lowest first. A file may import its own layer and those before it. */
const ENGINE_LAYERS = [
  'config',
  'logging',
  'domain',
  'builders',
  'repositories',
  'services',
  'background',
  'interfaces',
];

/** Runs in browsers, which get nothing else of the product. */
const CONSOLE = 'facade/console/';

const files = readdirSync(SRC, { recursive: true }).filter((file) => file.endsWith('.ts'));
const problems = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...importProblems(file, text), ...environmentProblems(file, text)];
});
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`dependency direction: ${files.length} files keep it`);

function importProblems(file, text) {
  const found = [];
  for (const [, clause, target] of text.matchAll(/^(?:import|export)\s+([^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gms)) {
    if (!target.startsWith('.') || /^type\s/.test(clause ?? '')) continue;
    const reason = forbidden(file, relative(SRC, resolve(SRC, dirname(file), target)));
    if (reason) found.push(`src/${file}: imports ${target}: ${reason}`);
  }
  return found;
}

function forbidden(from, to) {
  if (from.startsWith(CONSOLE) !== to.startsWith(CONSOLE))
    return `src/${CONSOLE} and the rest of the product import nothing of each other`;
  const [fromPart, fromLayer] = from.split('/');
  const [toPart, toLayer] = to.split('/');
  if (fromPart !== toPart && toPart !== 'legacy-bridge')
    return `src/${fromPart} may import only itself and src/legacy-bridge`;
  if (fromPart !== 'engine' || toPart !== 'engine') return undefined;
  const [fromRank, toRank] = [ENGINE_LAYERS.indexOf(fromLayer), ENGINE_LAYERS.indexOf(toLayer)];
  if (fromRank === -1) return undefined; // main, bootstrap and container wire all layers.
  if (toRank === -1) return `only files directly under src/engine wire; ${fromLayer} is handed what it needs`;
  return toRank > fromRank ? `${fromLayer} lies below ${toLayer}; pass it in, or import its type only` : undefined;
}

function environmentProblems(file, text) {
  if (/(^|\/)main\.ts$/.test(file) || !/\bprocess\.env\b(?!\w)/.test(text)) return [];
  return [`src/${file}: reads process.env: only main.ts does; take the value as a parameter`];
}
