/** `facade check --tokens`, with real sides: what it says of sides that share keys and secret, and of those that don't. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckReport } from '../../src/facade/admin/check/check-report.js';
import { type AgentWorld, startAgentWorld } from '../kit/agent-world.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { runFacade } from '../kit/run-facade.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const tokensOf = ({ findings }: CheckReport) => findings.filter(({ subject }) => subject === 'tokens');
const check = async (facade: FacadeProcess) => (await facade.admin('GET', '/check?tokens=true')) as CheckReport;

describe('facade check --tokens', function () {
  this.timeout(60_000);

  describe('where the sides share keys and secret', () => {
    let world: AgentWorld;
    before(async () => {
      world = await startAgentWorld();
    });
    after(() => world?.stop());

    it('finds tokens of each side, and of the shared files, good on both', async () => {
      const report = await check(world.facade);
      const found = tokensOf(report);
      assert.deepEqual(new Set(found.map(({ level }) => level)), new Set(['ok']), JSON.stringify(found));
      const told = found.map(({ message }) => message).join('\n');
      for (const sentence of [
        /^the engine says that it is fit for agents$/m,
        /^the legacy accepts tokens that the engine signs$/m,
        /^the legacy accepts tokens that .*borealis-jwt-ed25519\.key signs$/m,
        /^the engine accepts tokens that .*borealis-jwt-ed25519\.key signs$/m,
        /^engine and facade have one file for the key of access tokens: /m,
        /^engine and facade have one file for the key of scripts: /m,
        /^engine and facade have one file for the bundle that agents get: /m,
        /^engine and facade have one file for the database: /m,
        /^the legacy accepts operator tokens sealed with the facade's BOREALIS_SECRET$/m,
        /^the legacy accepts session cookies sealed with the facade's BOREALIS_SECRET$/m,
        /^the engine accepts operator tokens sealed with the facade's BOREALIS_SECRET$/m,
        /^the engine accepts session cookies sealed with the facade's BOREALIS_SECRET$/m,
      ])
        assert.match(told, sentence);
      assert.equal(report.ok, true);
    });

    it('is not asked for unless wanted, and writes nothing', async () => {
      const { findings } = (await world.facade.admin('GET', '/check')) as CheckReport;
      assert.ok(findings.every(({ subject }) => subject !== 'tokens'));
      const devices = (await world.legacy.call('GET', '/api/devices')).body as { devices: unknown[] };
      assert.equal(devices.devices.length, 1);
    });

    it('exits with 0 and tells people and programs', async () => {
      const human = await runFacade(world, ['check', '--tokens']);
      assert.equal(human.exit, 0, human.out + human.err);
      assert.match(human.out, /^ok +tokens: the legacy accepts tokens that the engine signs$/m);
      const json = JSON.parse((await runFacade(world, ['check', '--tokens', '--json'])).out) as CheckReport;
      assert.ok(tokensOf(json).length >= 10);
    });

    it('asks without the facade what can be asked without it', async () => {
      const { exit, out } = await runFacade(world, ['check', '--tokens', '--offline', '--json']);
      assert.equal(exit, 0, out);
      const told = tokensOf(JSON.parse(out) as CheckReport);
      const words = told.map(({ level, message }) => `${level} ${message}`).join('\n');
      assert.match(words, /^warning no engine was asked about access tokens$/m);
      assert.match(words, /^ok the legacy accepts tokens that .* signs$/m);
    });

    it('lists rows that let anyone in, as notes that programs can read', async () => {
      const { findings, ok } = await check(world.facade);
      const notes = findings.filter(({ subject }) => subject === 'access');
      assert.equal(ok, true);
      assert.deepEqual(
        notes.map(({ level }) => level),
        ['note', 'note'],
      );
      const [changes, reads] = notes;
      assert.match(String(changes?.message), /rows let anyone change data: .*scripts-quick-run/);
      assert.match(String(changes?.hint), /"profile: hardened" in the table closes \d+ of them/);
      assert.ok(changes?.rows?.includes('site-delete'));
      assert.ok(reads?.rows?.includes('devices'));
      assert.ok(!reads?.rows?.includes('users'));
    });
  });

  describe('where they do not', () => {
    let legacy: SampleLegacy;
    let foreign: string;
    before(async () => {
      legacy = await startSampleLegacy({ env: { BOREALIS_SECRET: 'of the legacy alone' } });
      foreign = await mkdtemp(join(tmpdir(), 'foreign-keys-'));
    });
    after(async () => {
      await legacy?.stop();
      await rm(foreign, { recursive: true });
    });
    const withFacade = async (env: Record<string, string>, look: (facade: FacadeProcess) => Promise<void>) => {
      const facade = await startFacadeProcess({ legacy, env });
      try {
        await facade.engineReady();
        await look(facade);
      } finally {
        await facade.stop();
      }
    };
    const problems = (report: CheckReport) =>
      tokensOf(report)
        .filter(({ level }) => level === 'problem')
        .map(({ message }) => message)
        .join('\n');

    it('tells an engine that no agent is known to', async () => {
      await withFacade({}, async (facade) => {
        const report = await check(facade);
        assert.equal(report.ok, false);
        assert.match(problems(report), /knows no refresh token of any agent/);
      });
    });

    it('tells another secret, which also keeps the rows that sign in at the legacy', async () => {
      await withFacade({}, async (facade) => {
        const told = problems(await check(facade));
        assert.match(told, /^the legacy refuses operator tokens sealed with the facade's BOREALIS_SECRET$/m);
        assert.match(told, /^the legacy refuses session cookies sealed/m);
        const human = await runFacade({ facade, legacy }, ['check', '--tokens']);
        assert.equal(human.exit, 1);
        assert.match(human.out, /Give legacy, facade and engine one secret/);
        await assert.rejects(
          facade.flip('operator-session', 'engine'),
          /engine_not_fit.*auth-login, auth-mfa-verify, auth-logout, auth-me can't move to the engine: the legacy refuses operator tokens/,
        );
      });
    });

    it('tells another key, by both ways of signing', async () => {
      const env = { BOREALIS_SERVER_ROOT: foreign, BOREALIS_SECRET: 'of the legacy alone' };
      await withFacade(env, async (facade) => {
        const report = await check(facade);
        assert.match(
          problems(report),
          /the legacy refuses tokens that .*foreign-keys.* signs \(invalid_token\): the two do not share one key file/,
        );
        assert.doesNotMatch(problems(report), /BOREALIS_SECRET/);
      });
    });
  });
});
