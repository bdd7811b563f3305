/** Starts a module of this project as a worker thread, whether it runs compiled or from its sources. */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * @param module path of the module without its ending, such as `./store-worker`
 * @param importer `import.meta.url` of the caller
 */
export function startThread(module: string, importer: string, options: WorkerOptions): Worker {
  const ending = extname(fileURLToPath(importer));
  const url = new URL(module + ending, importer);
  return ending === '.ts' ? new Worker(fromSources(url), { ...options, eval: true }) : new Worker(url, options);
}

/** The loader that runs sources (tsx) does not reach into threads by itself, whatever flags they are given. */
function fromSources(url: URL): string {
  const loader = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  ).href;
  return `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
}
