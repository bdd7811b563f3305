/** A person who runs scripts on machines at once, mistypes, and asks for what is not there. Nobody asks who it is. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import { jsonValue } from './inventory.js';
import { NOT_RUNNABLE, RUNNABLE } from './script-files.js';
import type { Sent, Wire } from './wire.js';

const ERRANDS = { run: 5, incomplete: 2, unsupported: 1, missing: 2 } as const;
const INCOMPLETE: readonly (string | undefined)[] = [
  undefined,
  '{}',
  '{"script_path": ',
  '{"script_path": "Scripts/Plain.json", "hostnames": []}',
  '{"script_path": "  ", "hostnames": ["H"]}',
  '{"script_path": null, "hostnames": "H", "run_mode": null}',
];
const MISSING = ['Scripts/none.json', 'Scripts', 'Scripts/', 'scripts/Plain.json', 'Plain.json', 'Scripts\\Plain.json'];
const RUN_MODES = ['"system"', '" Current_User "', '"Root"', 'null', '" "', '""'] as const;
const NAMES = ['NAME', 'name', ' loud ', 'Count', 'note', 'x-y', ''] as const;
const MOST_HOSTS = 3;

export interface ScriptRunnerOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly hostnames: readonly string[];
}

export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  readonly #errands: Deck<keyof typeof ERRANDS>;

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
    this.#errands = Deck.of(options.random, ERRANDS);
  }

  /** One request. */
  act(): Promise<Sent> {
    const { random } = this.#options;
    switch (this.#errands.draw()) {
      case 'run':
        return this.#send(this.#run(random.pick(RUNNABLE)));
      case 'incomplete':
        return this.#send(random.pick(INCOMPLETE));
      case 'unsupported':
        return this.#send(this.#run(NOT_RUNNABLE));
      case 'missing':
        return this.#send(this.#run(random.pick(MISSING)));
    }
  }

  #send(body: string | undefined): Promise<Sent> {
    return this.#options.wire.send('POST', '/api/scripts/quick_run', { body });
  }

  #run(path: string): string {
    const { random, hostnames } = this.#options;
    const known = [...hostnames, 'nobody', 'Größe', ' '];
    const hosts = Array.from({ length: 1 + random.below(MOST_HOSTS) }, () => random.pick(known));
    const values = NAMES.filter(() => random.chance(0.4)).map((name) => `"${name}": ${jsonValue(random)}`);
    const more = [`"run_mode": ${random.pick(RUN_MODES)}`, `"variable_values": {${values.join(', ')}}`];
    const fields = [`"script_path": ${JSON.stringify(random.pick([path, ` ${path} `]))}`, ...more];
    return `{${fields.join(', ')}, "hostnames": ${JSON.stringify(hosts)}}`;
  }
}
