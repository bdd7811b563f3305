/** The leaf expires and is renewed under the root that agents pinned: they wait, keep everything, and come back. */
import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificates, makeCertificates, type Pair } from '../kit/certificates.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

describe('a certificate that expires', function () {
  this.timeout(90_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;
  let certificates: Certificates;
  let presented: { readonly bundle: string; readonly key: string };
  let leaf: (name: string, expired: boolean) => Pair;
  let port: number;
  let folder: string;

  const present = async ({ bundleFile, keyFile }: Pair): Promise<void> => {
    await copyFile(bundleFile, presented.bundle);
    await copyFile(keyFile, presented.key);
  };

  before(async () => {
    certificates = makeCertificates();
    legacy = await startSampleLegacy();
    const { rootCertificateFile: root } = legacy;
    const authority = certificates.existingAuthority('own', root, root.replace('ca.pem', 'ca-key.pem'));
    leaf = (name, expired) => authority.leaf(name, { expired });
    const { directory } = certificates;
    presented = { bundle: join(directory, 'presented.pem'), key: join(directory, 'presented.key') };
    await present(leaf('first', false));
    facade = await startFacadeProcess({ legacy, tls: true, certificate: presented });
    ({ port, folder } = facade);
    agent = await startSampleAgent({
      server: facade.address,
      code: await makeInstallCode(legacy),
      timeScale: 0.05,
      refreshBefore: 900,
      systemStore: root,
    });
    await approveAgent(legacy, agent);
    await agent.waitFor('checkin', ({ status }) => status === 200);
  });
  after(async () => {
    await agent.stop();
    await facade.stop();
    await legacy.stop();
    certificates.remove();
    await rm(folder, { recursive: true });
  });

  it('is refused by the agent, which keeps its tokens; the facade starts with it all the same, and warns', async () => {
    await facade.end();
    await present(leaf('expired', true));
    facade = await startFacadeProcess({ legacy, tls: true, certificate: presented, port, folder });
    assert.ok(facade.log.some(({ level, message }) => level === 'warn' && String(message).includes('certificate')));
    await agent.waitForNext('tls_refused');
    assert.deepEqual(agent.fatal(), []);
  });

  it('is replaced without a restart, and the agent is back', async () => {
    const back = agent.waitForNext('heartbeat', ({ status }) => status === 200, 30_000);
    await present(leaf('renewed', false));
    await back;
    assert.equal((await agent.waitForNext('refreshed', ({ status }) => status === 200)).status, 200);
    assert.deepEqual(agent.fatal(), []);
    assert.equal(agent.events.filter(({ type }) => type === 'enrolled').length, 1);
  });
});
