/**
 * The admin page's files, as the admin server gives them to browsers without a token: they hold no secret, and whatever the page shows
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
/** Compiled beside this file; where the product runs from its sources, by scripts/build. */
const FOLDERS = ['./page/', '../../../dist/facade/admin/page/'];

/** Only what this server gives, and calls to it alone; in no frame, and nothing of an address in a `Referer`. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};

/** Serves `/` and `/page/FILE` under GET and HEAD, and passes on everything else. */
export function serveAdminPage(): RequestHandler {
  const files = pageFiles();
  return (req, res, next) => {
    const file = req.method === 'GET' || req.method === 'HEAD' ? files.get(req.path) : undefined;
    if (file === undefined) return next();
    res.set({ ...HEADERS, 'Content-Type': file.type }).send(file.content);
  };
}

interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

/** By path. Empty where nothing was built. */
function pageFiles(): ReadonlyMap<string, PageFile> {
  const folder = FOLDERS.map((one) => fileURLToPath(new URL(one, import.meta.url))).find((one) =>
    existsSync(`${one}page.js`),
  );
  if (folder === undefined) return new Map();
  const files = readdirSync(folder).flatMap((name): [string, PageFile][] => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    return [[name === INDEX ? '/' : `/page/${name}`, { type, content: readFileSync(`${folder}${name}`) }]];
  });
  return new Map(files);
}
