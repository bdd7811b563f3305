/** Agents of the field's own library beside the fleet: `scripts/sample-agent` in a process of its own. */
import { startPython } from '../../test/kit/python.js';
import type { FleetOptions } from './fleet-options.js';
import type { FleetRecord } from './fleet-record.js';

export interface PythonAgents {
  stop(): Promise<void>;
}

/** @param state folder for their keys and tokens */
export function startPythonAgents(options: FleetOptions, state: string, record: FleetRecord): PythonAgents {
  const { server, python, code = '', prefix, heartbeatSeconds, reconnectSeconds, ca } = options;
  return startPython('scripts/sample-agent/main.py', {
    args: [
      ...['--server', server, '--state', state, '--code', code],
      ...['--count', String(python), '--hostname', `${prefix}-PY`],
      ...['--heartbeat-seconds', String(heartbeatSeconds), '--first-heartbeat-seconds', '1'],
      ...['--reconnect-seconds', String(reconnectSeconds), '--role-seconds', String(heartbeatSeconds)],
      ...(ca === undefined ? [] : ['--system-store', ca]),
    ],
    onLine: (line) => {
      const { type, fatal } = JSON.parse(line) as { readonly type: string; readonly fatal: boolean };
      record.python(type);
      if (fatal) record.pythonLost += 1;
    },
  });
}
