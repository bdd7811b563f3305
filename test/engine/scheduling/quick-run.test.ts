/** Scripts run now: held to the recorded answers, rows and events, as dry runs tell them; and what a path can't reach. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readAssembly } from '../../../src/engine/builders/assembly-document.js';
import { scriptOrder } from '../../../src/engine/services/scheduling/script-order.js';
import { type DryRunWorld, startDryRunWorld } from '../../kit/dry-run-world.js';
import { paritySuite } from '../../kit/parity.js';
import { storedAssembly } from '../../kit/stored-assembly.js';

const QUICK_RUN = '/api/scripts/quick_run';

interface Step {
  readonly step: string;
  readonly status: number;
  /** Missing of events that a client sent. */
  readonly request?: { readonly method?: string; readonly path?: string; readonly json?: unknown };
  readonly body: { readonly error?: string; readonly rel_path?: string; readonly results?: readonly unknown[] };
  readonly events: readonly { readonly event: string; readonly data: readonly unknown[]; readonly socket: string }[];
  readonly rows: readonly { readonly table: string; readonly row: Readonly<Record<string, unknown>> }[];
}

/** What the engine answers otherwise: hosts that are no text are refused as a whole, and no path leaves the folder of scripts. */
const DEVIATIONS: Readonly<Record<string, number>> = {
  'hosts of other types': 400,
  'an object among the hosts': 400,
  'a list among the hosts': 400,
  'hole: path into another island by dots': 404,
  'hole: a playbook through dots': 404,
};

describe('quick runs', () => {
  let world: DryRunWorld;
  let assemblies: string;
  beforeEach(async () => {
    world = await startDryRunWorld();
    assemblies = join(world.engine.root, 'Assemblies');
  });
  afterEach(() => world.stop());

  const put = async (path: string, bytes: Buffer | string): Promise<void> => {
    await mkdir(dirname(join(assemblies, path)), { recursive: true });
    await writeFile(join(assemblies, path), bytes);
  };
  const dryRun = async (body: unknown) => {
    const reply = await world.dryRun({ path: QUICK_RUN, body });
    assert.ok(reply.outcome === 'run', JSON.stringify(reply));
    const answer = JSON.parse(reply.answer.body.toString()) as Record<string, unknown>;
    return { status: reply.answer.status, body: answer, ...reply.effects };
  };

  for (const scenario of ['scripts-quick-run', 'scripts-quick-run-errors'])
    it(`answer, write and emit as in ${scenario}`, async () => {
      const { steps } = JSON.parse(await readFile(join(paritySuite, 'recordings', `${scenario}.json`), 'utf8')) as {
        steps: Step[];
      };
      let compared = 0;
      for (const { step, status, request, body, events, rows } of steps) {
        const json = request?.json as Record<string, unknown> | undefined;
        if (request?.path === '/api/assembly/create') await create(json ?? {}, body.rel_path ?? '');
        if (request?.path !== QUICK_RUN || request.method !== 'POST') continue;
        compared += 1;
        const got = await dryRun(request.json);
        const deviation = DEVIATIONS[step];
        const isCrash = status === 500 && typeof body === 'string';
        if (deviation !== undefined || isCrash) {
          assert.equal(got.status, deviation ?? 400, step);
          assert.deepEqual([got.rows, got.events], [[], []], step);
          continue;
        }
        assert.deepEqual([got.status, got.body], [status, body], step);
        const emitted = events.filter(({ socket, event }) => socket === 'agent' && event !== 'quick_job_result');
        assert.deepEqual(
          got.events.map(({ event, payload, room }) => [event, inOrder(payload), room]),
          emitted.filter(({ data }) => !isAnswer(data)).map(({ event, data }) => [event, inOrder(data[0]), null]),
          step,
        );
        const inserted = rows.filter(({ table }) => table === 'activity_history').length;
        assert.equal(got.rows.length, inserted, step);
        // The next run of the recording counts on from here.
        for (let count = 0; count < inserted; count += 1)
          world.db.prepare('INSERT INTO activity_history (hostname) VALUES (NULL)').run();
      }
      assert.ok(compared >= 14, `${compared} steps`);
    });

  const create = async (json: Record<string, unknown>, path: string): Promise<void> => {
    const folder =
      { scripts: 'Scripts', workflows: 'Workflows', ansible: 'Ansible_Playbooks' }[String(json.island)] ?? '';
    const stem = path.replace(/^.*\/|\.[^.]*$/g, '');
    await put(join(folder, path), storedAssembly(json.content, stem, String(json.type ?? '')));
  };
  /** The recording has the request's overrides in another order than they were sent in. */
  const inOrder = (payload: unknown): unknown => {
    const { variables, ...rest } = payload as { variables?: readonly { name: string; default?: unknown }[] };
    if (variables === undefined) return payload;
    const extra = variables.filter((variable) => !('default' in variable));
    const declared = variables.filter((variable) => 'default' in variable);
    return { ...rest, variables: [...declared, ...extra.sort((a, b) => (a.name < b.name ? -1 : 1))] };
  };
  /** What the recorded agent's answers caused. */
  const isAnswer = (data: readonly unknown[]): boolean => (data[0] as { change?: string }).change === 'updated';

  it('reach no file outside of the scripts, by dots, links or absolute paths', async () => {
    await put('secret.json', '{}');
    await put('Scripts_x/a.json', '{}');
    await put('Scripts/real/a.json', '{}');
    await symlink(join(assemblies, 'secret.json'), join(assemblies, 'Scripts', 'link.json'));
    await symlink(assemblies, join(assemblies, 'Scripts', 'up'));
    await symlink(join(assemblies, 'Scripts', 'real'), join(assemblies, 'Scripts', 'inside'));
    for (const path of [
      ...['Scripts/link.json', 'Scripts/up/secret.json', 'Scripts/../secret.json', 'Scripts/../Scripts_x/a.json'],
      ...[
        join(assemblies, 'Scripts/real/a.json'),
        'Scripts',
        'Scripts/',
        'Scripts/real',
        'Scripts/\0',
        'Scripts/%2e%2e/secret.json',
      ],
      ...[`Scripts/${'x'.repeat(300)}`, 'Scripts/real/a.json/b'],
    ])
      assert.equal((await dryRun({ script_path: path, hostnames: ['H'] })).status, 404, path);
    for (const path of ['Scripts/real/a.json', 'Scripts/inside/a.json', 'Scripts/real/../real/a.json'])
      assert.equal((await dryRun({ script_path: path, hostnames: ['H'] })).status, 200, path);
  });

  it('sign the bytes that agents decode, where that is switched on', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const document = readAssembly(
      Buffer.from('{"script":"Write-Host $env:WHO é;","variables":[{"name":"who","default":"me"}]}'),
      'a.json',
      'powershell',
    );
    const run = {
      path: 'Scripts/a.json',
      found: { fileName: 'a.json', document },
      overrides: new Map(),
      runMode: 'system',
    };
    const { payload } = scriptOrder(run, { privateKey, signingKey: 'key' });
    const script = Buffer.from(String(payload.script_content), 'base64');
    assert.equal(script.toString(), "Write-Host 'me' é;");
    assert.ok(verify(null, script, publicKey, Buffer.from(String(payload.signature), 'base64')));
    assert.deepEqual([payload.sig_alg, payload.signing_key], ['ed25519', 'key']);
    assert.ok(!('signature' in scriptOrder(run, undefined).payload));
  });
});
