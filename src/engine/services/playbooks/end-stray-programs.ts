/** Ends programs of runs whose engine is gone: they may still work with their files, and nobody waits for them. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * @param inventories paths of the runs' inventories, each of which stands in its program's command line and nowhere else
 * @param processes where the system shows its processes, looked through once; nothing is done where it shows none
 * @returns how many were found of each
 */
export async function endStrayPrograms(
  inventories: ReadonlySet<string>,
  processes = '/proc',
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  if (inventories.size === 0) return found;
  for (const entry of await readdir(processes).catch((): string[] => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readOrEmpty(`${processes}/${entry}/cmdline`)).split('\0');
    if (!words.some((word) => /(?:^|\/)ansible-playbook$/.test(word))) continue;
    const inventory = words.find((word) => inventories.has(word));
    if (inventory === undefined) continue;
    found.set(inventory, (found.get(inventory) ?? 0) + 1);
    end(Number(entry), await groupOf(`${processes}/${entry}/stat`));
  }
  return found;
}

/** The fifth field; the second, in brackets, may hold anything. */
async function groupOf(file: string): Promise<number | undefined> {
  const stat = await readOrEmpty(file);
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /^[1-9]\d*$/.test(group ?? '') ? Number(group) : undefined;
}

function end(pid: number, group: number | undefined): void {
  for (const target of [...(group === undefined || group === 1 ? [] : [-group]), pid])
    try {
      process.kill(target, 'SIGKILL');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
}

async function readOrEmpty(file: string): Promise<string> {
  return await readFile(file, 'latin1').catch(() => '');
}
