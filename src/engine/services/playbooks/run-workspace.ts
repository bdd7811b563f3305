/**
 * Where one run on the server has its files: a folder of its own that only this user reads, since passwords and keys lie in it while the
 * run goes on. Whoever makes one removes it; what a crash leaves is removed at the next start.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RunWorkspace {
  readonly folder: string;
  /** Writes a file for this user alone. @param name without folders @returns its path */
  write(name: string, content: string | Buffer): Promise<string>;
}

/** @param root made when it is not there @param runId 32 hex digits */
export async function makeWorkspace(root: string, runId: string): Promise<RunWorkspace> {
  const folder = workspaceFolder(root, runId);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(folder, { mode: 0o700 });
  return {
    folder,
    async write(name, content) {
      const file = join(folder, name);
      await writeFile(file, content, { flag: 'wx', mode: 0o600 });
      return file;
    },
  };
}

/** Nothing when it is gone. */
export async function removeWorkspace(root: string, runId: string): Promise<void> {
  await rm(workspaceFolder(root, runId), { recursive: true, force: true });
}

export function isRunId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function workspaceFolder(root: string, runId: string): string {
  if (!isRunId(runId)) throw new TypeError('a run has an id of 32 hex digits');
  return join(root, runId);
}
