/** The single-page application: its files, and its first page for every path that is neither a file nor the API's. */
import { notFoundPage } from '../error-pages.js';
import type { HttpHandler, HttpRoute } from '../http-route.js';
import { findFile } from './find-file.js';
import { serveFile } from './serve-file.js';

const INDEX = 'index.html';

/** @param folder need not exist: everything is 404 then */
export function staticRoutes(folder: string): readonly HttpRoute[] {
  const serve: HttpHandler = async ({ params, headers }) => {
    const path = params.filename ?? '';
    const file = (await findFile(folder, path === '' ? INDEX : path)) ?? (await firstPage(folder, path));
    return file === undefined ? notFoundPage() : serveFile(file, headers);
  };
  return [
    { rule: '/', handlers: { GET: serve } },
    { rule: '/:filename(path)', handlers: { GET: serve } },
  ];
}

/** Prefixes are compared as plain text and case by case: `/apidocs` is refused, `/API/x` is a page (assemblies-and-runs 12). */
function firstPage(folder: string, path: string): ReturnType<typeof findFile> {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const isPage = !path.startsWith('api') && !path.startsWith('socket.io') && !last.includes('.');
  return isPage ? findFile(folder, INDEX) : Promise.resolve(undefined);
}
