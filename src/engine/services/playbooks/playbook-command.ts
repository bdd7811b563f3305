/** The command line, environment and files of a run on the server (assemblies-and-runs 8). No secret is in the first two. Pure. */

import { isPythonObject, type PythonObject, type PythonValue } from '../../../legacy-bridge/values/python-value.js';
import { storedJson } from '../../../legacy-bridge/values/stored-json.js';

/** A credential whose secrets have been opened. */
export interface OpenedCredential {
  readonly username: string;
  readonly password: string;
  readonly becomeMethod: string;
  readonly becomeUsername: string;
  readonly becomePassword: string;
}

export interface CommandFiles {
  readonly playbook: string;
  readonly inventory: string;
  /** Undefined: no variables are given. */
  readonly extraVars: string | undefined;
}

/** Arguments of `ansible-playbook`. */
export function playbookArguments(
  { playbook, inventory, extraVars }: CommandFiles,
  credential: OpenedCredential,
): readonly string[] {
  const { becomeMethod, becomeUsername } = credential;
  return [
    ...[playbook, '-i', inventory],
    ...(extraVars === undefined ? [] : ['--extra-vars', `@${extraVars}`]),
    ...(becomes(credential) ? ['--become'] : []),
    // In one word each, so that none is taken for an option.
    ...(becomeMethod === '' ? [] : [`--become-method=${becomeMethod}`]),
    ...(becomeUsername === '' ? [] : [`--become-user=${becomeUsername}`]),
  ];
}

/** @param keyFile undefined: the credential has no key */
export function inventoryText(hostname: string, credential: OpenedCredential, keyFile: string | undefined): string {
  const { username, password, becomeMethod, becomeUsername, becomePassword } = credential;
  const variables = {
    ansible_host: hostname,
    ...given('ansible_user', username),
    ansible_connection: 'ssh',
    ansible_ssh_common_args: '-o StrictHostKeyChecking=no',
    ...given('ansible_password', password),
    ...given('ansible_ssh_pass', password),
    ...(keyFile === undefined ? {} : { ansible_ssh_private_key_file: keyFile }),
    ...(becomes(credential) ? { ansible_become: true } : {}),
    ...given('ansible_become_method', becomeMethod),
    ...given('ansible_become_user', becomeUsername),
    ...given('ansible_become_password', becomePassword),
  };
  return JSON.stringify({ all: { hosts: { [hostname]: variables } } });
}

/** @param isTrusted values that look like templates are ones; else every value is what it says */
export function extraVarsText(values: PythonObject, isTrusted: boolean): string {
  return storedJson(isTrusted ? values : plainValue(values));
}

/**
 * Names by which variables say how a host is reached, by which program, as whom. Of variables that callers send they are refused: anyone
 * may call, and one of them turns a playbook for a host into one for this server.
 */
export function connectionNames(values: PythonObject): readonly string[] {
  return [...values.keys()].filter((name) => /^ansible_/i.test(name));
}

function plainValue(value: PythonValue): PythonValue {
  if (typeof value === 'string') return isTemplate(value) ? new Map([['__ansible_unsafe', value]]) : value;
  if (Array.isArray(value)) return value.map(plainValue);
  return isPythonObject(value) ? new Map([...value].map(([key, item]) => [key, plainValue(item)])) : value;
}

/** Longest path of a socket, less the name of ten digits that it gets in the folder, and what `ssh` appends while it makes it. */
const MOST_SOCKET_FOLDER = 107 - 11 - 17;

/** What the server has for itself, its secrets among it, is not the playbooks' business. */
const OWN = /^(?:BOREALIS_|NODE_)/;

/**
 * Results are shown as YAML by the callback that Ansible brings. The legacy names the callback `yaml` of the collection community.general,
 * without which, and with releases of it that have it no more, no playbook begins.
 *
 * @param socketFolder of this run alone, need not exist: a connection that one run has opened, with its credential, is never another's
 */
export function playbookEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  socketFolder: string,
): Readonly<Record<string, string | undefined>> {
  const connections =
    Buffer.byteLength(socketFolder) <= MOST_SOCKET_FOLDER
      ? { ANSIBLE_SSH_CONTROL_PATH_DIR: socketFolder }
      : { ANSIBLE_SSH_ARGS: '-C -o ControlMaster=no -o ControlPath=none' };
  const passed = Object.entries(own).filter(([name]) => !OWN.test(name));
  return {
    ANSIBLE_CALLBACK_RESULT_FORMAT: 'yaml',
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ...Object.fromEntries(passed),
    ANSIBLE_HOST_KEY_CHECKING: 'False',
    ...connections,
  };
}

/** A name that an inventory takes for one host, and for nothing but a name: no pattern, no template. */
export function isHostname(text: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.:%-]{0,254}$/u.test(text);
}

function becomes({ becomeMethod, becomeUsername, becomePassword }: OpenedCredential): boolean {
  return becomeMethod !== '' || becomeUsername !== '' || becomePassword !== '';
}

/** Values of an inventory are templates; a password is none, whatever it looks like. */
function given(name: string, value: string): Readonly<Record<string, unknown>> {
  if (value === '') return {};
  return { [name]: isTemplate(value) ? { __ansible_unsafe: value } : value };
}

function isTemplate(text: string): boolean {
  return /\{[{%#]/.test(text);
}
