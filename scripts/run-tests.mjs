/**
 * Runs the whole suite in two halves side by side: tests of processes wait most of their time, tests of parts need a core. The second
 * half's report follows the first one's; the last line is the sum. Both are ended when they take far longer than they should.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const LIMIT_MS = 45 * 60_000;
const CLOSING_LINE = /^(\d+) passed, (\d+) failed\n?$/gm;
/** Whole processes, and everything else, so that no new folder is forgotten. */
const WHOLE = 'e2e';

const parts = readdirSync('test', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== WHOLE)
  .map(({ name }) => join('test', name, '**', '*.test.ts'));
const halves = [[join('test', WHOLE, '**', '*.test.ts')], parts];

const reports = await Promise.all(halves.map((files, nth) => run(files, nth === 0)));
let [passed, failed] = [0, 0];
for (const [nth, { output, code }] of reports.entries()) {
  const [, passes, failures] = [...output.matchAll(CLOSING_LINE)].at(-1) ?? [];
  passed += Number(passes ?? 0);
  // A half that ended without its closing line failed, whatever it had told before.
  failed += failures === undefined ? 1 : Number(failures) || Number(code !== 0);
  if (nth > 0) process.stdout.write(output.replace(CLOSING_LINE, ''));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param live whether its report is shown as it comes */
function run(files, live) {
  const args = ['--reporter', 'test/kit/closing-line-reporter.mjs', ...files];
  const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    if (live) process.stdout.write(text.replace(CLOSING_LINE, ''));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, code }));
  });
}
