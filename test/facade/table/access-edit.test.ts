import assert from 'node:assert/strict';
import { code, type OpenTable, openTable } from './open-table.js';

const TEXT = `# The head.
version: 1
routes:
  - { id: inline, match: GET /inline, stage: legacy } # about inline
  - id: block
    match: GET /block
    stage: legacy   # about block
    hardened: operator
  - { id: both, match: GET /both, stage: legacy, access: "operator", hardened: admin }
`;

describe('a change of access', () => {
  let table: OpenTable;
  afterEach(() => table.close());
  const set = async (text: string, target: string, access: string) => {
    table = await openTable({ text });
    return table.store.setAccess({ target, access, why: 'a test', who: 'kim' });
  };
  const refused = async (target: string, access: string, expected: string, message = /./) => {
    await assert.rejects(set(TEXT, target, access), code(expected, message));
    assert.equal(table.text(), TEXT);
    await table.close();
  };

  it('touches its row alone, in flow and in block style, and is kept as a version', async () => {
    const { changes, who, why, cause, version } = await set(TEXT, 'inline', 'admin');
    assert.deepEqual(changes, [{ id: 'access:inline', from: 'public', to: 'admin' }]);
    assert.deepEqual({ who, why, cause, version }, { who: 'kim', why: 'a test', cause: 'edit', version: 2 });
    await table.store.setAccess({ target: 'block', access: 'operator', why: 'x', who: 'kim' });
    const expected = TEXT.replace('stage: legacy } # about', 'stage: legacy, access: admin } # about').replace(
      'legacy   # about block\n',
      'legacy   # about block\n    access: operator\n',
    );
    assert.equal(table.text(), expected);
    assert.equal(table.store.current().routes.find(({ id }) => id === 'block')?.access, 'operator');
  });

  it('takes the hardened access along where that would let in others', async () => {
    await set(TEXT, 'block', 'admin');
    assert.match(table.text(), /access: admin\n {4}hardened: admin/);
    await table.store.setAccess({ target: 'both', access: 'public', why: 'x', who: 'kim' });
    assert.match(table.text(), /id: both,.* access: "public", hardened: admin/);
  });

  it('puts a profile in force, and tells each row that it closes', async () => {
    const { changes } = await set(TEXT, 'profile', 'hardened');
    assert.deepEqual(changes, [
      { id: 'profile', from: 'open', to: 'hardened' },
      { id: 'access:block', from: 'public', to: 'operator' },
      { id: 'access:both', from: 'operator', to: 'admin' },
    ]);
    assert.match(table.text(), /^version: 1\nprofile: hardened$/m);
    await table.store.setAccess({ target: 'profile', access: 'open', why: 'x', who: 'kim' });
    assert.equal(table.store.current().profile, 'open');
    assert.equal(table.text(), TEXT.replace('version: 1\n', 'version: 1\nprofile: open\n'));
  });

  it('makes the defaults that a file does not have', async () => {
    const { changes } = await set(TEXT, 'default', 'operator');
    assert.deepEqual(changes, [{ id: 'access:default', from: 'public', to: 'operator' }]);
    assert.equal(table.store.current().defaultRow.access, 'operator');
  });

  it('is refused with a code that says why, and then changes nothing', async () => {
    await refused('nope', 'admin', 'unknown_target');
    await refused('inlin', 'admin', 'unknown_target', /did you mean inline/);
    await refused('sockets', 'device', 'unknown_target', /sockets have no access/);
    await refused('inline', 'everybody', 'access_unknown', /public, device, operator, admin/);
    await refused('inline', 'hardened', 'access_unknown');
    await refused('profile', 'admin', 'access_unknown', /open, hardened/);
    await refused('inline', 'public', 'nothing_to_change');
    await refused('profile', 'open', 'nothing_to_change');
    table = await openTable({ text: TEXT });
    const blank = { target: 'inline', access: 'admin', why: ' ', who: 'kim' };
    await assert.rejects(table.store.setAccess(blank), code('why_required'));
  });
});
