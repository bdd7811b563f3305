/**
 * The console's files, as the admin server gives them to browsers without a token: they hold no secret, and whatever the page shows
 * it asks the admin API for, with the token that its user typed. Read once; a path that is not among them is not served.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
const INDEX = 'index.html';
/** Compiled; where the product runs from its sources, by scripts/build. */
const FOLDERS = ['../console/', '../../../dist/facade/console/'];

/** Only what this server gives, and calls to it alone; in no frame, no text as markup, and nothing of an address in a `Referer`. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};

/** Serves `/` and `/console/FILE` under GET and HEAD, and passes on everything else. */
export function serveConsole(): RequestHandler {
  const files = consoleFiles();
  return (req, res, next) => {
    const file = req.method === 'GET' || req.method === 'HEAD' ? files.get(req.path) : undefined;
    if (file === undefined) return next();
    res.set({ ...HEADERS, 'Content-Type': file.type }).send(file.content);
  };
}

interface ConsoleFile {
  readonly type: string;
  readonly content: Buffer;
}

/** By path. Empty where nothing was built. */
function consoleFiles(): ReadonlyMap<string, ConsoleFile> {
  const folder = FOLDERS.map((one) => fileURLToPath(new URL(one, import.meta.url))).find((one) =>
    existsSync(`${one}console.js`),
  );
  if (folder === undefined) return new Map();
  const files = readdirSync(folder).flatMap((name): [string, ConsoleFile][] => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    return [[name === INDEX ? '/' : `/console/${name}`, { type, content: readFileSync(`${folder}${name}`) }]];
  });
  return new Map(files);
}
