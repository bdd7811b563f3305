import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Demand } from '../../../src/facade/access/access-answer.js';
import type { AccessOutcome, CallerHeaders } from '../../../src/facade/access/access-verdict.js';
import { type FacadeAccess, openAccess } from '../../../src/facade/access/open-access.js';
import { SharedAccounts } from '../../../src/facade/access/shared-accounts.js';
import { ensureEd25519Key } from '../../../src/legacy-bridge/keys/ed25519-key-file.js';
import { type CallersWorld, FINGERPRINT, GUID, makeCallersWorld, SECRET } from './callers-world.js';

const DAY = 86_400;
const seconds = () => Math.floor(Date.now() / 1000);

describe('who is let in', () => {
  let world: CallersWorld;
  let access: FacadeAccess;
  let clockMs = 0;
  beforeEach(async () => {
    world = await makeCallersWorld();
    const shared = { projectRoot: world.root, root: '', database: '', serverRoot: '', certificates: '' };
    const env = { BOREALIS_SECRET: SECRET };
    access = openAccess({ settings: { shared }, env, now: Date.now, monotonic: () => clockMs });
  });
  afterEach(() => {
    access.close();
    world.remove();
  });

  const judged = async (demand: Demand, caller: CallerHeaders, outcome: AccessOutcome, why = /./) => {
    const verdict = await access.judge.judge(demand, caller);
    assert.equal(verdict.outcome, outcome, verdict.why);
    assert.match(verdict.why, why);
  };
  const device = async (wish?: Parameters<CallersWorld['deviceToken']>[0]): Promise<CallerHeaders> => ({
    authorization: `Bearer ${await world.deviceToken(wish)}`,
  });

  describe('as operator', () => {
    it('refuses guests, and what proves nothing', async () => {
      const proofs: CallerHeaders[] = [
        {},
        { authorization: '' },
        { authorization: 'Bearer ' },
        { authorization: 'Bearer nonsense' },
        { authorization: 'Basic b2xnYTpvbGdh' },
        { cookie: 'session=; borealis_auth=' },
        world.bearer('olga', 'User', seconds() - 31 * DAY),
        world.bearer('olga', 'User', seconds() + 60),
        world.session('olga', 'User', seconds() - 32 * DAY),
        world.session(''),
        await device(),
      ];
      for (const demand of ['operator', 'admin'] as const)
        for (const caller of proofs)
          await judged(demand, caller, 'denied', /no session or operator token that is valid/);
    });

    it('takes session, bearer and token cookie, in the order of both sides', async () => {
      await judged('operator', world.session('olga'), 'allowed', /"olga", role "User", by session cookie/);
      await judged('operator', world.bearer('OLGA'), 'allowed', /"olga".* by bearer token/);
      await judged('operator', world.tokenCookie('olga'), 'allowed', /by token cookie/);
      const spoilt = { ...world.tokenCookie('olga'), authorization: 'Bearer spoilt' };
      await judged('operator', spoilt, 'denied');
      await judged('operator', { ...spoilt, ...world.session('olga') }, 'allowed', /session/);
    });

    it('believes the account, not the role that was signed', async () => {
      await judged('admin', world.session('olga', 'Admin'), 'denied', /role "User".*not an administrator/);
      await judged('admin', world.session('admin', 'User'), 'allowed');
      world.sql("UPDATE users SET role = 'User' WHERE username = 'admin'");
      await judged('admin', world.session('admin', 'Admin'), 'denied');
      world.sql("UPDATE users SET role = 'aDMIN' WHERE username = 'olga'");
      await judged('admin', world.bearer('olga', 'User'), 'allowed');
    });

    it('signs out whose account is gone, and knows nobody by a forged name', async () => {
      await judged('operator', world.session('nobody', 'Admin'), 'denied', /no account "nobody"/);
      world.sql("DELETE FROM users WHERE username = 'olga'");
      await judged('operator', world.session('olga'), 'denied', /no account "olga"/);
    });

    it('takes names that differ in case alone for one, the first that was made, as both sides do', async () => {
      world.sql(
        "INSERT INTO users (username, display_name, password_sha512, role, created_at, updated_at) VALUES ('OLGA', '', '', 'Admin', 1, 1)",
      );
      for (const name of ['olga', 'OLGA']) await judged('admin', world.session(name), 'denied', /operator "olga"/);
    });
  });

  describe('as device', () => {
    it('takes an access token of a device that is known', async () => {
      await judged('device', await device(), 'allowed', new RegExp(`device "${GUID}", active`));
      await judged('device', await device({ version: 2 }), 'allowed');
    });

    it('refuses guests, operators, and tokens that are spent, early or spoilt', async () => {
      await judged('device', {}, 'denied');
      await judged('device', world.bearer('admin', 'Admin'), 'denied', /no valid access token/);
      await judged('device', world.session('admin', 'Admin'), 'denied');
      await judged('device', await device({ at: seconds() - 901 }), 'denied', /expired/);
      await judged('device', await device({ at: seconds() + 60 }), 'unavailable', /ahead of the clock/);
      await judged('device', await device({ version: 0 }), 'denied', /does not name a device/);
      const { authorization } = await device();
      await judged('device', { authorization: authorization?.toLowerCase() }, 'denied');
      await judged('device', { authorization: `${authorization?.slice(0, -4)}AAAA` }, 'denied');
    });

    it('looks at the row: another key, revoked tokens, a status that shuts out, no row', async () => {
      await judged('device', await device({ fingerprint: 'cd'.repeat(32) }), 'denied', /another key/);
      await judged('device', await device({ guid: GUID.replace('1', '9') }), 'denied', /not known/);
      for (const status of ['revoked', ' Decommissioned ', 'suspended']) {
        world.sql('UPDATE devices SET status = ?', status);
        await judged('device', await device(), 'denied', new RegExp(status.trim().toLowerCase()));
      }
      for (const status of ['quarantined', ' ACTIVE ', '', null]) {
        world.sql('UPDATE devices SET status = ?', status);
        await judged('device', await device(), 'allowed');
      }
      world.sql('UPDATE devices SET token_version = 3');
      await judged('device', await device({ version: 2 }), 'denied', /revoked/);
      world.sql("UPDATE devices SET token_version = 'x'");
      await judged('device', await device(), 'unavailable');
      world.sql('UPDATE devices SET token_version = NULL, ssl_key_fingerprint = ?', ` ${FINGERPRINT.toUpperCase()} `);
      await judged('device', await device(), 'allowed');
    });

    it('reads rows whose columns hold bytes', async () => {
      const caller = await device();
      for (const [column, held, outcome] of [
        ['status', 'active', 'allowed'],
        ['status', 'revoked', 'denied'],
        ['ssl_key_fingerprint', FINGERPRINT, 'allowed'],
        ['ssl_key_fingerprint', 'another', 'denied'],
        ['token_version', '1', 'allowed'],
        ['token_version', 'two', 'unavailable'],
      ] as const) {
        world.sql('UPDATE devices SET status = NULL, ssl_key_fingerprint = ?, token_version = 1', FINGERPRINT);
        world.sql(`UPDATE devices SET ${column} = CAST(? AS BLOB)`, held);
        await judged('device', caller, outcome);
      }
    });

    it('follows the key file, and is unsure of tokens that name yet another key', async () => {
      const old = await device();
      await judged('device', old, 'allowed');
      rmSync(world.keyFile);
      const renewed = await ensureEd25519Key(world.keyFile);
      await judged('device', await device({ key: renewed }), 'allowed');
      await judged('device', old, 'unavailable', /of another key/);
    });
  });

  describe('while it can not be known', () => {
    it('says so when the key is missing, or is none', async () => {
      const caller = await device();
      rmSync(world.keyFile);
      await judged('device', caller, 'unavailable', /key of access tokens can not be read \(key_missing/);
      writeFileSync(world.keyFile, 'no key');
      await judged('device', caller, 'unavailable', /key_unreadable/);
      await judged('operator', world.session('olga'), 'allowed');
    });

    it('says so when the database is missing, is none, or lacks the table; and recovers', async () => {
      const aside = `${world.databaseFile}.aside`;
      world.checkpoint();
      renameSync(world.databaseFile, aside);
      await judged('operator', world.session('olga'), 'unavailable', /can not be read \(ENOENT\)/);
      writeFileSync(world.databaseFile, 'x'.repeat(8192));
      await judged('operator', world.session('olga'), 'unavailable', /SQLITE_NOTADB/);
      rmSync(world.databaseFile);
      new Database(world.databaseFile).close();
      await judged('operator', world.session('olga'), 'unavailable');
      rmSync(world.databaseFile);
      renameSync(aside, world.databaseFile);
      await judged('operator', world.session('olga'), 'allowed');
    });

    it('notices within a second that another file was put in its place', async () => {
      await judged('operator', world.session('olga'), 'allowed');
      const other = await makeCallersWorld();
      try {
        other.sql("DELETE FROM users WHERE username = 'olga'");
        other.checkpoint();
        world.checkpoint();
        renameSync(other.databaseFile, world.databaseFile);
        clockMs += 1001;
        await judged('operator', world.session('olga'), 'denied', /no account/);
      } finally {
        other.remove();
      }
    });

    it('reads past a writer, and is unsure while a lock keeps readers out', async () => {
      const writer = new Database(world.databaseFile);
      try {
        writer.exec("BEGIN IMMEDIATE; UPDATE users SET role = 'Admin' WHERE username = 'olga'");
        await judged('admin', world.session('olga'), 'denied');
        writer.exec('COMMIT');
        await judged('admin', world.session('olga'), 'allowed');
      } finally {
        writer.close();
      }
      const file = join(world.root, 'locked.db');
      const locked = new Database(file);
      const accounts = new SharedAccounts(file, () => 0);
      try {
        locked.exec(
          'CREATE TABLE users (username, role); CREATE TABLE devices (guid, ssl_key_fingerprint, token_version, status)',
        );
        locked.exec('BEGIN EXCLUSIVE');
        await assert.rejects(accounts.findAccount('olga'), /can not be read \(SQLITE_BUSY\)/);
        locked.exec('COMMIT');
        assert.equal(await accounts.findAccount('olga'), undefined);
      } finally {
        accounts.close();
        locked.close();
      }
    });
  });

  it('writes nothing', async () => {
    const other = new Database(world.databaseFile, { readonly: true });
    try {
      const before = other.pragma('data_version', { simple: true });
      await judged('operator', world.session('olga'), 'allowed');
      await judged('device', await device({ guid: 'unknown' }), 'denied');
      assert.equal(other.pragma('data_version', { simple: true }), before);
    } finally {
      other.close();
    }
  });

  it('makes nobody known without a project root', async () => {
    const shared = { projectRoot: '', root: '', database: '', serverRoot: '', certificates: '' };
    const blind = openAccess({ settings: { shared }, env: {}, now: Date.now, monotonic: () => 0 });
    assert.equal((await blind.judge.judge('operator', world.session('olga'))).outcome, 'unavailable');
  });
});
