/** What the program is given of variables, and which connections it may use. */
import assert from 'node:assert/strict';
import {
  connectionNames,
  extraVarsText,
  playbookEnvironment,
} from '../../../src/engine/services/playbooks/playbook-command.js';
import type { PythonObject, PythonValue } from '../../../src/legacy-bridge/values/python-value.js';

describe('the command of a playbook', () => {
  const values: PythonObject = new Map<string, PythonValue>([
    ['plain', 'a { b'],
    ['inner', new Map<string, PythonValue>([['list', ["{{ lookup('pipe', 'id') }}", 1n, null]]])],
  ]);

  it('takes values of variables as they are written, unless they are trusted', () => {
    const template = "{{ lookup('pipe', 'id') }}";
    assert.deepEqual(JSON.parse(extraVarsText(values, false)), {
      plain: 'a { b',
      inner: { list: [{ __ansible_unsafe: template }, 1, null] },
    });
    assert.deepEqual(JSON.parse(extraVarsText(values, true)), { plain: 'a { b', inner: { list: [template, 1, null] } });
  });

  it('knows the names that say how a host is reached', () => {
    const named = new Map(['ansible_host', 'ANSIBLE_X', 'my_ansible_host', 'host'].map((name) => [name, '']));
    assert.deepEqual(connectionNames(named), ['ansible_host', 'ANSIBLE_X']);
  });

  it('keeps connections of a run to itself, in a folder or not at all', () => {
    const shared = { ANSIBLE_SSH_CONTROL_PATH_DIR: '/tmp/all', BOREALIS_SECRET: 'x', PATH: '/bin' };
    const short = playbookEnvironment(
      shared,
      '/opt/borealis/Logs/Server/AnsibleRuns/0123456789abcdef0123456789abcdef/cp',
    );
    assert.match(short.ANSIBLE_SSH_CONTROL_PATH_DIR ?? '', /\/cp$/);
    assert.deepEqual([short.ANSIBLE_SSH_ARGS, short.BOREALIS_SECRET, short.PATH], [undefined, undefined, '/bin']);
    const long = playbookEnvironment({}, `/${'x'.repeat(100)}/cp`);
    assert.match(long.ANSIBLE_SSH_ARGS ?? '', /ControlMaster=no/);
    assert.equal(long.ANSIBLE_SSH_CONTROL_PATH_DIR, undefined);
  });
});
