/** Two processes write the same rows at full speed: nothing is lost, nobody hears of a lock, the file stays sound. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { type EngineProcess, startEngineProcess } from '../kit/engine-process.js';
import { runTwoWriters, seedWriters } from '../kit/two-writers.js';

const SECONDS = 10;
const DEVICES = 400;

describe('two writers', function () {
  this.timeout(60_000);
  let engine: EngineProcess;

  before(async () => {
    engine = await startEngineProcess();
    seedWriters(engine.databaseFile, DEVICES);
  });
  after(() => engine.stop());

  it('lose nothing, lock nobody out, and leave a sound file', async () => {
    const { privateKey, kid } = await readEd25519Key(
      join(engine.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key'),
    );
    const result = await runTwoWriters({
      base: engine.address,
      databaseFile: engine.databaseFile,
      signer: accessTokenSigner(privateKey, kid),
      seconds: SECONDS,
      devices: DEVICES,
    });
    assert.deepEqual([result.lost, result.integrity, result.python.locked], [[], 'ok', 0]);
    assert.deepEqual(result.refused, []);
    assert.ok(result.served > 200 && result.python.writes > 200, `${result.served} and ${result.python.writes} writes`);
    assert.doesNotMatch(await engine.logText(), /request-failed|database_busy/);
  });
});
