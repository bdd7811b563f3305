/** A person who plans jobs: makes, looks at, changes and deletes them, and reads and clears what came of them. Nobody asks who it is. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import { jsonValue } from './inventory.js';
import type { SeededJobs } from './job-rows.js';
import type { Method, Sent, Wire } from './wire.js';

const ERRANDS = {
  ...{ list: 3, read: 3, make: 5, makeWrong: 2, change: 5, changeNothing: 1, toggle: 3, drop: 1 },
  ...{ runs: 3, clearRuns: 1, devices: 4, history: 3, clearHistory: 1, result: 3, unknown: 4 },
} as const;
const UNKNOWN = 9_999_999;
const UNKNOWNS: readonly (readonly [Method, string, unknown?])[] = [
  ['GET', `/api/scheduled_jobs/${UNKNOWN}`],
  ['PUT', `/api/scheduled_jobs/${UNKNOWN}`, { name: 'x' }],
  ['DELETE', `/api/scheduled_jobs/${UNKNOWN}`],
  ['POST', `/api/scheduled_jobs/${UNKNOWN}/toggle`],
  ['GET', `/api/scheduled_jobs/${UNKNOWN}/devices`],
  ['GET', `/api/scheduled_jobs/${UNKNOWN}/runs`],
  ['DELETE', `/api/scheduled_jobs/${UNKNOWN}/runs`],
  ['GET', `/api/device/activity/job/${UNKNOWN}`],
  ['GET', '/api/device/activity/NOBODY-HAS-THIS'],
];
const WITH_PERIOD = ['every_5_minutes', 'every_15_minutes', 'every_hour', 'daily', 'weekly', ' Weekly '] as const;
/** Their steps depend on the zone, and the legacy's on its fault with zones. */
const BY_CALENDAR = ['monthly', 'yearly'] as const;
const OTHER_TYPES = ['immediately', 'once', 'fortnightly', ''] as const;
const EXPIRATIONS = ['"no_expire"', '"1h"', '90', 'true', '""', 'null', '" 2D "'] as const;
const CREDENTIALS = ['null', '5', '"7"', '" 8 "', '"x"', '0', '-1', 'true', '2.9', '""', '[]'] as const;
const FLAGS = ['true', 'false', 'null', '0', '1', '"false"', '[]'] as const;
const CONTEXTS = ['"system"', '" CurrentUser "', '"ssh"', '" "', 'null', '""'] as const;
const NAMES = ['Nightly', ' Größe ', '日本語', '😀 "quoted"', 'two\nlines', '\u2028'] as const;
/** Days from now, and how far from the hour: none is about to come, or to go by. */
const [STARTS_DAYS, OFF_THE_HOUR_SECONDS] = [[-20, -3, 2, 400], 1_234] as const;
const DAY_SECONDS = 86_400;

export interface PlannerOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly hostnames: readonly string[];
  readonly seeded: SeededJobs;
}

export class Planner {
  readonly #options: PlannerOptions;
  readonly #errands: Deck<keyof typeof ERRANDS>;
  readonly #unknowns: Deck<(typeof UNKNOWNS)[number]>;
  readonly #startOfDay = Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS;
  #jobs: readonly number[];

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#errands = Deck.of(options.random, ERRANDS);
    this.#unknowns = new Deck(options.random, UNKNOWNS);
    this.#jobs = options.seeded.jobs;
  }

  /** One request. */
  async act(): Promise<Sent> {
    const { wire, random, seeded } = this.#options;
    const job = `/api/scheduled_jobs/${random.pick(this.#jobs)}`;
    const history = `/api/device/activity/${random.pick(this.#options.hostnames)}`;
    switch (this.#errands.draw()) {
      case 'list':
        return wire.send('GET', '/api/scheduled_jobs');
      case 'read':
        return wire.send('GET', job);
      case 'make':
        return this.#make();
      case 'makeWrong':
        return wire.send('POST', '/api/scheduled_jobs', { body: this.#wrongJob() });
      case 'change':
        return wire.send('PUT', job, { body: this.#change() });
      case 'changeNothing':
        return wire.send('PUT', job, { body: random.pick(['{}', '{"start": 5}', '{"id": ', undefined]) });
      case 'toggle':
        return wire.send('POST', `${job}/toggle`, { body: random.pick(['{"enabled": false}', '{}', undefined]) });
      case 'drop':
        return this.#drop();
      case 'runs':
        return wire.send('GET', `${job}/runs${random.pick(['', '?days=1', '?days=7', '?days=x', '?days=-5'])}`);
      case 'clearRuns':
        return wire.send('DELETE', `${job}/runs`);
      case 'devices':
        return wire.send('GET', `${job}/devices${random.pick(['', '', '?occurrence=5', '?occurrence='])}`);
      case 'history':
        return wire.send('GET', history);
      case 'clearHistory':
        return wire.send('DELETE', history);
      case 'result':
        return wire.send('GET', `/api/device/activity/job/${random.pick(seeded.activities)}`);
      case 'unknown': {
        const [method, path, body] = this.#unknowns.draw();
        return wire.send(method, path, { body });
      }
    }
  }

  async #make(): Promise<Sent> {
    const required = [
      `"name": ${this.#name()}`,
      `"components": ${this.#components()}`,
      `"targets": ${this.#targets()}`,
    ];
    const answer = await this.#options.wire.send('POST', '/api/scheduled_jobs', {
      body: `{${[...required, ...this.#settings()].join(', ')}}`,
    });
    const { id } = (answer.body.job ?? {}) as { readonly id?: number };
    if (id !== undefined) this.#jobs = [...this.#jobs, id];
    return answer;
  }

  #wrongJob(): unknown {
    const whole = { name: 'n', components: [1], targets: ['a'] };
    const wrong = [{ name: ' ' }, { components: [] }, { targets: '' }, { name: null }];
    return this.#options.random.pick([undefined, '{"name": ', ...wrong.map((one) => ({ ...whole, ...one }))]);
  }

  #change(): string {
    const { random } = this.#options;
    const settings = this.#settings();
    const more = [`"name": ${this.#name()}`, `"components": ${this.#components()}`, `"targets": ${this.#targets()}`];
    const fields = [...more, ...settings].filter(() => random.chance(0.4));
    return `{${(fields.length === 0 ? more : fields).join(', ')}}`;
  }

  /** Only what it made itself: what was there has the runs. */
  #drop(): Promise<Sent> {
    const { wire, random, seeded } = this.#options;
    const own = this.#jobs.filter((id) => !seeded.jobs.includes(id));
    const id = own.length === 0 ? UNKNOWN : random.pick(own);
    this.#jobs = this.#jobs.filter((job) => job !== id);
    return wire.send('DELETE', `/api/scheduled_jobs/${id}`);
  }

  #name(): string {
    return JSON.stringify(this.#options.random.pick(NAMES));
  }

  #components(): string {
    return `[${jsonValue(this.#options.random)}, {"type": "script", "path": "b.ps1"}]`;
  }

  /** Mostly machines. A text is taken letter by letter, an object key by key. */
  #targets(): string {
    const { random, hostnames } = this.#options;
    if (random.chance(0.2)) return random.pick(['"abc"', '{"a": 1, "b": 2}', '[1, true, null, "ü", ["x"]]']);
    return JSON.stringify([random.pick(hostnames), random.pick(hostnames), random.pick(hostnames)]);
  }

  /** What a job may have, and need not. */
  #settings(): string[] {
    const { random } = this.#options;
    const expiration = `"expiration": ${random.pick(EXPIRATIONS)}`;
    const stops = random.pick(FLAGS);
    const durations = [
      `"duration": {"stopAfterEnabled": ${stops}, ${expiration}}`,
      `"duration_stop_enabled": ${stops}`,
    ];
    return [
      this.#schedule(),
      random.pick([...durations, expiration]),
      `"credential_id": ${random.pick(CREDENTIALS)}`,
      `"execution_context": ${random.pick(CONTEXTS)}`,
      `"enabled": ${random.pick(FLAGS)}`,
    ].filter(() => random.chance(0.6));
  }

  #schedule(): string {
    const { random } = this.#options;
    const isByCalendar = random.chance(0.2);
    const type = JSON.stringify(random.pick(isByCalendar ? BY_CALENDAR : [...WITH_PERIOD, ...OTHER_TYPES]));
    const days = random.pick(STARTS_DAYS.filter((one) => one > 0 || !isByCalendar));
    const start = this.#start(this.#startOfDay + days * DAY_SECONDS + OFF_THE_HOUR_SECONDS);
    return random.pick([
      `"schedule": {"type": ${type}, "start": ${start}}`,
      `"schedule_type": ${type}, "start": ${start}`,
    ]);
  }

  /** In one of the ways in which it is read. */
  #start(at: number): string {
    const text = new Date(at * 1000).toISOString();
    const date = text.slice(0, 10);
    const texts = [text, text.slice(0, 16), text.replace('T', ' ').replace('.000Z', '+02:30'), ` ${date} `, 'soon'];
    return this.#options.random.pick([`${at}`, `${at}.75`, 'null', ...texts.map((one) => JSON.stringify(one))]);
  }
}
