/** Playbooks that are run now, and those that the server runs itself (assemblies-and-runs 8; scheduler 7.4). */
import type { PythonObject } from '../../legacy-bridge/values/python-value.js';
import type { AssemblyDocument } from './assemblies/assembly-document.js';

/** A playbook that operators run now on some hosts. */
export interface PlaybookQuickRun {
  /** As sent, trimmed: below the playbooks' folder. */
  readonly playbookPath: string;
  /** As sent, never looked up. */
  readonly hostnames: readonly string[];
  /** Undefined: none, or the agents' own account is to be used. */
  readonly credentialId: bigint | undefined;
  /** Values of variables by name. */
  readonly overrides: PythonObject;
}

/** The file that is run. */
export interface RunPlaybook {
  /** As activities and recaps name it. */
  readonly path: string;
  readonly name: string;
  /** Name of the file, extension included. */
  readonly fileName: string;
  /** Its real path. */
  readonly file: string;
  readonly document: AssemblyDocument;
}

/** Which rows say what became of a run on the server. */
export interface ServerRunRows {
  /** 32 hex digits, new for each. */
  readonly runId: string;
  /** Null in notes of engines that did not write it. */
  readonly activityId: bigint | null;
  /** Undefined for quick runs. */
  readonly scheduled: ScheduledRunKey | undefined;
}

/** A run that some engine began and did not end. */
export interface NotedServerRun extends ServerRunRows {
  /** The process that it was begun by, as that process names itself; null in notes of engines that did not write it. */
  readonly owner: string | null;
}

/** One playbook on one host, run by this process. Its rows are there before it begins. */
export interface ServerRun extends ServerRunRows {
  readonly activityId: bigint;
  readonly hostname: string;
  readonly playbook: RunPlaybook;
  readonly credentialId: bigint;
  readonly overrides: PythonObject;
}

export interface ScheduledRunKey {
  readonly jobId: bigint;
  /** Of the row in `scheduled_job_runs`. */
  readonly runId: bigint;
}

/** How a run on the server ended. */
export interface ServerRunEnd {
  readonly status: 'Success' | 'Failed';
  readonly stdout: string;
  readonly stderr: string;
  /** For the scheduled run's row; null when it went well. */
  readonly error: string | null;
}
