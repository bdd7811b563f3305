/** A person who runs playbooks, and the machines that report of them. Nobody asks who they are. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import { jsonValue } from './inventory.js';
import { PLAYBOOKS } from './script-files.js';
import type { Sent, Wire } from './wire.js';

const ERRANDS = {
  ...{ run: 4, incomplete: 2, wrongCredential: 2, missing: 1 },
  ...{ report: 6, reportWrong: 1, list: 3, read: 3, runOf: 2, unknown: 2 },
} as const;
const UNKNOWN = 9_999_999;
const INCOMPLETE: readonly (string | undefined)[] = [
  undefined,
  '{"playbook_path": ',
  '{"playbook_path": "site.json", "hostnames": []}',
  '{"playbook_path": " ", "hostnames": ["H"]}',
  '{"playbook_path": null, "hostnames": "H"}',
];
/** Of no credential. */
const CREDENTIALS = ['null', '""', '"null"', '0', '"-1"'] as const;
const WRONG_CREDENTIALS = ['"seven"', '"1.5"', String(UNKNOWN)] as const;
const MISSING = ['none.json', 'site', '/', '../Scripts/Plain.json'] as const;
const STATUSES = ['"Running"', '"running"', '"Success"', '" Failed "', '""', 'null'] as const;
const TIMES = ['null', '1000', '"1500"', '1.9', '"soon"'] as const;
const LIMITS = [
  '',
  '?limit=2',
  '?limit=0',
  '?limit=-1',
  '?limit=two',
  '?hostname=nobody',
  '?limit=&hostname=',
] as const;

export interface PlaybookRunnerOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly hostnames: readonly string[];
  /** Rows of what was run. */
  readonly activities: readonly number[];
}

export class PlaybookRunner {
  readonly #options: PlaybookRunnerOptions;
  readonly #errands: Deck<keyof typeof ERRANDS>;
  #recaps: readonly number[] = [];
  #reported: readonly number[] = [];
  #runs = 0;

  constructor(options: PlaybookRunnerOptions) {
    this.#options = options;
    this.#errands = Deck.of(options.random, ERRANDS);
  }

  /** One request. */
  act(): Promise<Sent> {
    const { wire, random, hostnames } = this.#options;
    switch (this.#errands.draw()) {
      case 'run':
        return this.#run(random.pick(PLAYBOOKS), random.pick(CREDENTIALS));
      case 'incomplete':
        return wire.send('POST', '/api/ansible/quick_run', { body: random.pick(INCOMPLETE) });
      case 'wrongCredential':
        return this.#run(random.pick(PLAYBOOKS), random.pick(WRONG_CREDENTIALS));
      case 'missing':
        return this.#run(random.pick(MISSING), 'null');
      case 'report':
        return this.#report();
      case 'reportWrong':
        return wire.send('POST', '/api/ansible/recap/report', { body: random.pick([undefined, '{"run_id": " "}']) });
      case 'list':
        return wire.send(
          'GET',
          `/api/ansible/recaps${random.pick([...LIMITS, `?hostname=${random.pick(hostnames)}`])}`,
        );
      case 'read':
        return wire.send(
          'GET',
          `/api/ansible/recap/${random.pick(this.#recaps.length > 0 ? this.#recaps : [UNKNOWN])}`,
        );
      case 'runOf':
        return wire.send(
          'GET',
          `/api/ansible/run_for_activity/${random.pick(this.#reported.length > 0 ? this.#reported : [UNKNOWN])}`,
        );
      case 'unknown':
        return wire.send('GET', `/api/ansible/${random.pick(['recap', 'run_for_activity'])}/${UNKNOWN}`);
    }
  }

  #run(path: string, credential: string): Promise<Sent> {
    const { wire, random, hostnames } = this.#options;
    const fields = [
      `"playbook_path": ${JSON.stringify(random.pick([path, ` \\${path} `]))}`,
      `"hostnames": ${JSON.stringify([random.pick(hostnames), random.pick([...hostnames, 'nobody', 'Größe'])])}`,
      `"credential_id": ${credential}`,
      `"variable_values": {"port": ${jsonValue(random)}, " ": 1}`,
    ];
    return wire.send('POST', '/api/ansible/quick_run', { body: `{${fields.join(', ')}}` });
  }

  async #report(): Promise<Sent> {
    const { wire, random, hostnames, activities } = this.#options;
    const isNew = this.#runs === 0 || random.chance(0.5);
    this.#runs += isNew ? 1 : 0;
    const activity = random.pick(activities);
    const text = (): string => JSON.stringify(random.pick(['', ' web/site.yml ', 'größer', 'ok=1\nfailed=0']));
    const fields = [
      `"hostname": ${JSON.stringify(random.pick(hostnames))}`,
      ...[`"agent_id": ${text()}`, `"playbook_path": ${text()}`, `"playbook_name": ${text()}`],
      ...[`"status": ${random.pick(STATUSES)}`, `"recap_text": ${text()}`, `"recap_json": ${jsonValue(random)}`],
      ...[`"started_ts": ${random.pick(TIMES)}`, `"finished_ts": ${random.pick(TIMES)}`],
      `"activity_job_id": ${activity}`,
    ].filter(() => random.chance(0.6));
    const run = `"run_id": "run-${isNew ? this.#runs : 1 + random.below(this.#runs)}"`;
    const answer = await wire.send('POST', '/api/ansible/recap/report', { body: `{${[run, ...fields].join(', ')}}` });
    const { id, activity_job_id: told } = answer.body as { id?: number; activity_job_id?: number | null };
    if (id !== undefined) this.#recaps = [...this.#recaps, id];
    if (typeof told === 'number') this.#reported = [...this.#reported, told];
    return answer;
  }
}
