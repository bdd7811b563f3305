/**
 * Who a process is, in a text that no other process ever has: its id, when it began, and since which start of the machine. Other engines
 * see by it whether the one that noted a run still lives.
 */
import { readFileSync } from 'node:fs';

/** Of this process. */
export const OWN_MARK = processMark(process.pid);

/** Where the system shows no processes, the id is all that is known. */
export function processMark(pid: number): string {
  return [pid, statOf(pid)[19] ?? '', readOrEmpty('/proc/sys/kernel/random/boot_id').trim()].join(' ');
}

export function isLiving(mark: string): boolean {
  const pid = Number(mark.split(' ', 1)[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || processMark(pid) !== mark || statOf(pid)[0] === 'Z') return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's is one that lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** From the third field on; the second, in brackets, may hold anything. */
function statOf(pid: number): readonly string[] {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
