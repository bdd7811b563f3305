/** The fleet tool beside a test: many agents in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FleetReport } from '../../scripts/fleet-agents/fleet-record.js';
import { projectRoot } from './python.js';

export interface FleetProcess {
  readonly pid: number | undefined;
  /** Ends it. @returns its exit code, 1 where it met a fault, and what it met */
  stop(): Promise<{ readonly code: number | null; readonly report: FleetReport }>;
  /** Ends it without a word. */
  kill(): void;
}

/** @param args beside the server and `--json` */
export function startFleet(server: string, ...args: readonly string[]): FleetProcess {
  const script = join(projectRoot, 'scripts', 'fleet-agents', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--server', server, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return {
    pid: child.pid,
    stop: async () => {
      const closed = once(child, 'close') as Promise<[number | null]>;
      child.kill('SIGINT');
      const [code] = await closed;
      return { code, report: JSON.parse(said) as FleetReport };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
