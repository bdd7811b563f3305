import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Longest path of a Unix socket that every supported system takes, with its terminating zero. */
const LONGEST = 104;

/**
 * The engine's socket: in the state directory, or, when that path is too long for a socket, in a folder of the
 * temporary directory that is named for it. The engine makes the folder with mode 0700.
 */
export function engineSocketPath(stateDirectory: string, temporaryDirectory: string): string {
  const path = join(stateDirectory, 'engine', 'engine.sock');
  if (Buffer.byteLength(path) < LONGEST) return path;
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(temporaryDirectory, `borealis-engine-${name}`, 'engine.sock');
}
