/** Ends programs of a run whose engine is gone: they may still work with its files, and nobody waits for them. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * @param inventory path of the run's inventory, which stands in the program's command line and nowhere else
 * @param processes where the system shows its processes; nothing is done where it shows none
 * @returns how many were found
 */
export async function endStrayPrograms(inventory: string, processes = '/proc'): Promise<number> {
  let found = 0;
  for (const entry of await readdir(processes).catch((): string[] => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readOrEmpty(`${processes}/${entry}/cmdline`)).split('\0');
    if (!words.includes(inventory) || !words.some((word) => /(?:^|\/)ansible-playbook$/.test(word))) continue;
    found += 1;
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
