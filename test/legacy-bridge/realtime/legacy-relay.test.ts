/** The relay on the wire, with the library that it is made of: what it hears is what was sent, and it comes back from everything. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import type { LegacyAddress } from '../../../src/legacy-bridge/dialling/legacy-address.js';
import { legacyAgent } from '../../../src/legacy-bridge/dialling/legacy-agent.js';
import { LegacyRelay } from '../../../src/legacy-bridge/realtime/legacy-relay.js';
import { makeCertificates } from '../../kit/certificates.js';
import { StubLegacySockets } from '../../kit/stub-legacy-sockets.js';

interface Heard {
  readonly event: string;
  readonly text: string;
  readonly attachments: readonly Buffer[];
}

class Witness {
  readonly heard: Heard[] = [];
  readonly downs: string[] = [];
  ups = 0;
  readonly relay: LegacyRelay;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, agent = new Agent()) {
    const told = (note: () => void) => {
      note();
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    };
    this.relay = new LegacyRelay({
      ...{ url, agent, retryMs: 5, longestRetryMs: 20 },
      up: () =>
        told(() => {
          this.ups += 1;
        }),
      down: (why) => told(() => void this.downs.push(why)),
      heard: (event, { text, attachments }) => told(() => void this.heard.push({ event, text, attachments })),
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
}

describe('LegacyRelay', () => {
  let legacy: StubLegacySockets;
  let witness: Witness;
  beforeEach(async () => {
    legacy = await StubLegacySockets.start();
    witness = new Witness(legacy.url);
    await witness.until(() => witness.ups === 1);
  });
  afterEach(async () => {
    witness.relay.close();
    await legacy.stop();
  });

  it('hears events as they were written, with their bytes, in order', async () => {
    const odd = '2["quick_job_run", {"n":9007199254740993,"f":1.0,"z":1,"10":2,"2":[1e400,"\\ud800"],"t":"é"}]';
    const bytes = [Buffer.from([0, 255]), Buffer.alloc(0)];
    const placeholders = '[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
    legacy.send(odd, `52-["new_screenshot",${placeholders}]`, ...bytes, '2["macro_status"]', '217["asks",1]');
    await witness.until(() => witness.heard.length === 4);
    assert.deepEqual(witness.heard, [
      { event: 'quick_job_run', text: odd, attachments: [] },
      { event: 'new_screenshot', text: `52-["new_screenshot",${placeholders}]`, attachments: bytes },
      { event: 'macro_status', text: '2["macro_status"]', attachments: [] },
      { event: 'asks', text: '2["asks",1]', attachments: [] },
    ]);
  });

  it('lets pass by what is no event of the namespace, and stays', async () => {
    const odd = ['2/other,["a",1]', '2{"a":1}', '2["a', '2["disconnect",1]', '9', '', '51-["cut",1]', '3[]', '3999[1]'];
    legacy.send(...odd, Buffer.from('stray'), '2["last",1]');
    await witness.until(() => witness.heard.some(({ event }) => event === 'last'));
    assert.deepEqual(
      witness.heard.map(({ event }) => event),
      ['last'],
    );
    assert.deepEqual([witness.ups, witness.downs], [1, []]);
  });

  it('says events as they are, and tells of their acknowledgement', async () => {
    legacy.answer = (text) => [`3${/^2(\d+)/.exec(text)?.[1]}[]`];
    await new Promise<void>((resolve) => witness.relay.say('request_config', '{"agent_id":"a","n":1.0}', resolve));
    assert.match(legacy.heard.at(-1) ?? '', /^2\d+\["request_config",\{"agent_id":"a","n":1\.0\}\]$/);
  });

  it('says nothing late: what it was given while it was down is not said', async () => {
    legacy.cut();
    await witness.until(() => witness.downs.length > 0);
    witness.relay.say('agent_heartbeat', '{}');
    await witness.until(() => witness.ups === 2);
    witness.relay.say('connect_agent', '{}');
    await legacy.until((text) => text.includes('connect_agent'));
    assert.ok(!legacy.heard.some((text) => text.includes('agent_heartbeat')));
  });

  for (const [what, packet] of [
    ['a packet that ends the namespace', '1'],
    ['a refusal of the namespace', '4{"message":"no"}'],
  ] as const)
    it(`comes back after ${what}`, async () => {
      legacy.send(packet);
      await witness.until(() => witness.ups === 2);
      assert.equal(witness.downs.length, 1);
    });

  it('tries again where the namespace is refused from the start', async () => {
    legacy.joining = '4{"message":"not yet"}';
    legacy.cut();
    await witness.until(() => witness.downs.length > 2);
    assert.match(witness.downs.at(-1) ?? '', /not yet/);
    legacy.joining = '0{"sid":"relay"}';
    await witness.until(() => witness.ups === 2);
  });

  it('comes back to a legacy that was away, and says why it is down meanwhile', async () => {
    const { port } = legacy;
    await legacy.stop();
    await witness.until(() => witness.downs.some((why) => why.includes('ECONNREFUSED')));
    legacy = await StubLegacySockets.start(port);
    await witness.until(() => witness.ups === 2);
  });

  it('tells what it is, so that it is never taken in by those whom it serves', () => {
    const [request] = legacy.requests;
    assert.equal(request?.headers['x-borealis-relay'], '1');
    assert.match(request.url ?? '', /^\/socket\.io\/\?EIO=4&transport=websocket/);
  });
});

describe('LegacyRelay over TLS', () => {
  const certificates = makeCertificates();
  const authority = certificates.authority('root');
  let legacy: StubLegacySockets;
  before(async () => {
    legacy = await StubLegacySockets.start(0, authority.leaf('server'));
  });
  after(async () => {
    await legacy.stop();
    certificates.remove();
  });
  const dial = (more: Partial<LegacyAddress>) => {
    const address = { url: legacy.url, ca: authority.rootFile, pin: '', serverName: 'localhost', ...more };
    return new Witness(legacy.url, legacyAgent(address));
  };

  it('joins a legacy whose certificate its root has signed, for the name that it must carry', async () => {
    const witness = dial({});
    await witness.until(() => witness.ups === 1);
    witness.relay.close();
  });

  for (const [what, more, why] of [
    ['of another root', () => ({ ca: certificates.authority('other').rootFile }), /certificate/],
    ['for another name', () => ({ serverName: 'elsewhere.example' }), /altnames|does not match/],
    ['that is not the pinned one', () => ({ pin: '00'.repeat(32) }), /pinned/],
  ] as const)
    it(`joins none with a certificate ${what}, and says so`, async () => {
      const before = legacy.requests.length;
      const witness = dial(more());
      await witness.until(() => witness.downs.length > 1);
      witness.relay.close();
      assert.match(witness.downs[0] ?? '', why);
      assert.deepEqual([witness.ups, legacy.requests.length], [0, before]);
    });
});
