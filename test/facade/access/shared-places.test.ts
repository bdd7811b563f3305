import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sharedEnvironment, sharedPlaces } from '../../../src/facade/access/shared-places.js';
import type { FacadeSettings } from '../../../src/facade/settings/settings.js';

const settings = (shared: Partial<FacadeSettings['shared']>): Pick<FacadeSettings, 'shared'> => ({
  shared: { projectRoot: '', root: '', database: '', serverRoot: '', certificates: '', ...shared },
});

describe('where shared files are', () => {
  it('is not guessed', () => assert.equal(sharedPlaces(settings({ database: '/db' }), {}), undefined));

  it("follows the legacy's layout below the project root", () => {
    const places = sharedPlaces(settings({ projectRoot: '/opt/b' }), {});
    assert.equal(places?.databaseFile, '/opt/b/database.db');
    assert.equal(places?.layout.jwtKeyFile, '/opt/b/Server/Borealis/auth_keys/borealis-jwt-ed25519.key');
    assert.equal(places?.layout.tlsBundleFile, '/opt/b/Certificates/Server/borealis-server-bundle.pem');
  });

  it('takes each place that is named, as the engine does', () => {
    const both = sharedPlaces(settings({ projectRoot: '/p', root: '/r' }), {});
    assert.deepEqual([both?.databaseFile, both?.layout.projectRoot], ['/r/database.db', '/p']);
    const root = sharedPlaces(settings({ root: '~/b', database: '/d', serverRoot: '/s', certificates: '/c' }), {});
    assert.equal(root?.layout.projectRoot, join(homedir(), 'b'));
    assert.equal(root?.databaseFile, '/d');
    assert.equal(root?.layout.jwtKeyFile, '/s/auth_keys/borealis-jwt-ed25519.key');
    assert.equal(root?.layout.tlsBundleFile, '/c/Server/borealis-server-bundle.pem');
    const env = { BOREALIS_ENGINE_ROOT: '/e', BOREALIS_SERVER_CERT_ROOT: '/sc', BOREALIS_TLS_BUNDLE: '/bundle.pem' };
    const named = sharedPlaces(settings({ projectRoot: '/p' }), env);
    assert.equal(named?.layout.jwtKeyFile, '/e/auth_keys/borealis-jwt-ed25519.key');
    assert.equal(named?.layout.scriptKeyFile, '/sc/Code-Signing/borealis-script-ed25519.key');
    assert.equal(named?.layout.tlsBundleFile, '/bundle.pem');
  });

  it('is told to the engine, as far as it is set', () => {
    assert.deepEqual(sharedEnvironment(settings({ projectRoot: '/p', database: '/d' })), {
      BOREALIS_PROJECT_ROOT: '/p',
      BOREALIS_DATABASE_PATH: '/d',
    });
  });
});
