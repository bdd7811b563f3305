/** Takes the place of the runs on the server: keeps which would have begun, each a call to another machine. */
import { type OutgoingCall, PLAYBOOK_CALL } from '../../../legacy-bridge/effects/effects.js';
import type { ServerRun } from '../../domain/playbook-run.js';
import type { ServerRunSink } from '../request-context.js';

export class ServerRunRecorder implements ServerRunSink {
  readonly calls: OutgoingCall[] = [];

  start({ hostname, playbook }: ServerRun): void {
    const path = playbook.path.split('/').map(encodeURIComponent).join('/');
    this.calls.push({ method: PLAYBOOK_CALL, url: `ssh://${encodeURIComponent(hostname)}/${path}` });
  }
}
