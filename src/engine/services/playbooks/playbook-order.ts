/** What agents are told to run of a playbook: the payload of `ansible_playbook_run` (assemblies-and-runs 8; scheduler 7.4). */
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import type { PythonObject } from '../../../legacy-bridge/values/python-value.js';
import type { RunPlaybook } from '../../domain/playbook-run.js';
import type { FoundAssembly } from '../assemblies/assembly-files.js';
import { documentFiles, documentVariables } from '../scheduling/script-order.js';

/** @param path as activities and recaps are to name it */
export function runPlaybook(path: string, found: FoundAssembly): RunPlaybook {
  return { ...found, path, name: trimmed(found.document.name) || found.fileName };
}

/** All of the payload that is the same on every host. Variables are sent, not filled in. */
export function playbookPayload({ name, document }: RunPlaybook, values: PythonObject) {
  return {
    playbook_name: name,
    playbook_content: Buffer.from(document.script).toString('base64'),
    playbook_encoding: 'base64',
    connection: 'winrm',
    variables: documentVariables(document),
    files: documentFiles(document),
    variable_values: values,
  };
}
