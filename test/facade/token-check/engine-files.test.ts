/** Whether engine and facade work on the same files: what each pair of answers means. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sharedFiles } from '../../../src/facade/token-check/engine-files.js';
import { ensureEd25519Key } from '../../../src/legacy-bridge/keys/ed25519-key-file.js';
import { legacyLayout } from '../../../src/legacy-bridge/layout/legacy-layout.js';

describe('files that the sides share', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'shared-files-'));
  });
  after(() => rm(root, { recursive: true }));

  const findings = async (keys: Record<string, string>) => {
    const layout = legacyLayout(root);
    const told = await sharedFiles({ keys }, { layout, databaseFile: join(root, 'database.db') });
    return told.map(({ level, message }) => `${level} ${message}`).join('\n');
  };

  it('an engine without the key of scripts, or without the bundle, is only a problem where there are such files', async () => {
    const nothing = { script_key_sha256: '', tls_bundle_sha256: '' };
    assert.doesNotMatch(await findings(nothing), /^problem/m);
    const { scriptKeyFile, tlsBundleFile } = legacyLayout(root);
    const { fingerprint } = await ensureEd25519Key(scriptKeyFile);
    await writeFile(tlsBundleFile, 'PEM');
    assert.equal(dirname(tlsBundleFile), dirname(dirname(scriptKeyFile)));
    const told = await findings(nothing);
    assert.match(
      told,
      /^problem the engine has not loaded the key of scripts, though there is .*script-ed25519\.key$/m,
    );
    assert.match(told, /^problem the engine has not loaded the bundle that agents get, though there is /m);
    assert.match(await findings({ script_key_sha256: fingerprint }), /^ok .* one file for the key of scripts/m);
    assert.match(
      await findings({ script_key_sha256: '00' }),
      /^problem the engine has another file for the key of scr/m,
    );
  });
});
