/** Asks a real Werkzeug url_map, in one batch. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { UrlRule } from '../../../src/legacy-bridge/url-map/build-url-map.js';

export type Request = readonly [method: string, path: string];

const PYTHON = fileURLToPath(new URL('../../../scripts/python', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./werkzeug-match.py', import.meta.url));

/** @returns per request what `UrlMap.match` should give, with `allowed`, what `allowedMethods` should */
export function askWerkzeug(rules: readonly UrlRule<string>[], requests: readonly Request[]): unknown[] {
  const input = JSON.stringify({ rules: rules.map((rule) => ({ ...rule, rule: inAngles(rule.rule) })), requests });
  const { status, stdout, stderr } = spawnSync(PYTHON, [PROGRAM], { input, encoding: 'utf8', maxBuffer: 256 << 20 });
  if (status !== 0) throw new Error(`Werkzeug did not answer: ${stderr}`);
  return JSON.parse(stdout);
}

/** `/api/x/:id(int)` in Werkzeug's notation: `/api/x/<int:id>`. */
function inAngles(rule: string): string {
  return rule.replace(/:(\w+)(?:\((\w+)\))?/g, (_all, name: string, converter: string | undefined) =>
    converter === undefined ? `<${name}>` : `<${converter}:${name}>`,
  );
}
