/**
 * How runs ended whose rows do not say so yet: a file for each beside the runs' folders, so that an engine that ends meanwhile leaves the
 * truth to the next one. For this user alone, as it holds what the playbook printed.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerRunEnd } from '../../domain/playbook-run.js';

const NAME = /^([0-9a-f]{32})\.ended\.json$/;

/** @param root made when it is not there @throws Error of the disk */
export async function keepEnd(root: string, runId: string, end: ServerRunEnd): Promise<void> {
  const file = fileOf(root, runId);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.part`, JSON.stringify(end), { mode: 0o600 });
  await rename(`${file}.part`, file);
}

/** @returns undefined when nothing, or nothing whole, is there */
export async function readKeptEnd(root: string, runId: string): Promise<ServerRunEnd | undefined> {
  try {
    const { status, stdout, stderr, error } = JSON.parse(await readFile(fileOf(root, runId), 'utf8')) as ServerRunEnd;
    if (status !== 'Success' && status !== 'Failed') return undefined;
    return { status, stdout: String(stdout), stderr: String(stderr), error: error === null ? null : String(error) };
  } catch {
    return undefined;
  }
}

/** Nothing when there is none. @throws Error of the disk */
export async function forgetEnd(root: string, runId: string): Promise<void> {
  for (const file of [fileOf(root, runId), `${fileOf(root, runId)}.part`]) await rm(file, { force: true });
}

/** Of which runs there are such files. */
export async function listKeptEnds(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch((): string[] => []);
  return names.map((name) => NAME.exec(name.replace(/\.part$/, ''))?.[1]).filter((runId) => runId !== undefined);
}

function fileOf(root: string, runId: string): string {
  return join(root, `${runId}.ended.json`);
}
