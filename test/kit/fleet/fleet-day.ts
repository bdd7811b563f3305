/** A day of a small fleet, compressed: machines, newcomers, operators, planners, visitors and others, each doing one thing after the other. */
import { SeededRandom } from '../seeded-random.js';
import { deviceDecks, FleetDevice } from './device.js';
import {
  ACCOUNTS,
  type DeviceIdentity,
  deviceIdentity,
  type KnownDevice,
  ODD_STATES,
  seedFleet,
} from './fleet-rows.js';
import { seedJobs } from './job-rows.js';
import { Newcomer } from './newcomer.js';
import { OddProgram } from './odd-program.js';
import { FleetOperator, operatorDecks } from './operator.js';
import { Outsider, type SignAccess } from './outsider.js';
import { Planner } from './planner.js';
import { PlaybookRunner } from './playbook-runner.js';
import { writeScripts } from './script-files.js';
import { ScriptRunner } from './script-runner.js';
import { Visitor } from './visitor.js';
import { Watcher } from './watcher.js';
import { type Exchange, Wire } from './wire.js';

export interface FleetDayOptions {
  readonly base: string;
  readonly databaseFile: string;
  /** Where both servers find scripts. */
  readonly assembliesFolder: string;
  readonly seed: number;
  /** Makes access tokens as the servers make them. */
  readonly sign: SignAccess;
}

export interface Pace {
  /** Things that are done. */
  readonly actions: number;
  /** How many act at once. */
  readonly atOnce: number;
  /** Longest rest after a thing, as a multiple of the time it took: where the machine is busy, all take longer. */
  readonly rest: number;
  /** Shortest rest in milliseconds. Copies of reads are sent only when the client has its answer; what comes before then disturbs them. */
  readonly breathMs: number;
}

export interface FleetDay {
  /** What was sent so far. */
  readonly exchanges: readonly Exchange[];
  pass(pace: Pace): Promise<void>;
  /** Machines that enrolled so far. */
  enrolled(): number;
}

interface Actor {
  act(): Promise<unknown>;
  readonly isOver?: boolean;
}

type Kind =
  | 'device'
  | 'newcomer'
  | 'operator'
  | 'planner'
  | 'scriptRunner'
  | 'playbookRunner'
  | 'visitor'
  | 'outsider'
  | 'watcher'
  | 'odd';

const SHARES: Readonly<Record<Kind, number>> = {
  device: 22,
  newcomer: 8,
  operator: 22,
  planner: 20,
  scriptRunner: 4,
  playbookRunner: 7,
  visitor: 14,
  outsider: 6,
  watcher: 4,
  odd: 2,
};
/** Each may call sixty times a minute. */
const DEVICES = 40;
const NEWCOMERS = 4;
/** Machines that jobs run on. */
const PLANNED = 7;
/** Of newcomers, those who bear the name of a machine that is there. */
const NAMESAKES = 0.3;

/** Writes first what the fleet is, into the database, and what it runs, to disk. */
export function fleetDay(options: FleetDayOptions): FleetDay {
  const { seed } = options;
  const random = new SeededRandom(seed);
  const wire = new Wire(options.base);
  let newDevices = 0;
  const actors = fleetOf(options, wire, random, () => {
    newDevices += 1;
  });
  const busy = new Set<Actor>();
  const freeActor = (): Actor => {
    for (;;) {
      const free = actors(random.weighted(SHARES)).filter((actor) => !busy.has(actor));
      if (free.length > 0) return random.pick(free);
    }
  };
  const pass = async ({ actions, atOnce, rest, breathMs }: Pace): Promise<void> => {
    let left = actions;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const actor = freeActor();
        busy.add(actor);
        const since = performance.now();
        await actor.act();
        busy.delete(actor);
        const restMs = breathMs + (performance.now() - since) * rest * random.next();
        if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  };
  return { exchanges: wire.exchanges, pass, enrolled: () => newDevices };
}

/** @returns the actors of a kind, those left out whose day is over */
function fleetOf(
  { databaseFile, assembliesFolder, sign }: FleetDayOptions,
  wire: Wire,
  random: SeededRandom,
  onEnrolled: () => void,
): (kind: Kind) => readonly Actor[] {
  const own = (): SeededRandom => new SeededRandom(random.below(2 ** 31));
  const machines = (kind: string, count: number): DeviceIdentity[] =>
    Array.from({ length: count }, (_, at) => deviceIdentity(kind, at));
  const [devices, namesakes] = [machines('a', DEVICES), machines('c', DEVICES)];
  const [victim, oddOne] = [deviceIdentity('b', 0), deviceIdentity('b', 1)];
  const odd = new Map(ODD_STATES.map((state, at) => [state, deviceIdentity('d', at)] as const));
  seedFleet(databaseFile, [...devices, ...namesakes, victim, oddOne], odd);

  const planned = devices.slice(0, PLANNED).map(({ hostname }) => hostname);
  writeScripts(assembliesFolder);
  const seeded = seedJobs(databaseFile, planned, Math.floor(Date.now() / 1000));

  const codes: string[] = [];
  const [decks, offices] = [deviceDecks(own()), operatorDecks(own())];
  const device = (identity: KnownDevice, isNamesake = false): FleetDevice =>
    new FleetDevice({ wire, random: own(), decks, other: victim.hostname, identity, isNamesake });
  const actors: Record<Kind, Actor[]> = {
    device: devices.map((one) => device(one)),
    newcomer: [],
    operator: ACCOUNTS.map((account) => new FleetOperator({ wire, random: own(), decks: offices, account, codes })),
    planner: [0, 1].map(() => new Planner({ wire, random: own(), hostnames: planned, seeded })),
    scriptRunner: [new ScriptRunner({ wire, random: own(), hostnames: planned })],
    playbookRunner: [new PlaybookRunner({ wire, random: own(), hostnames: planned, activities: seeded.activities })],
    visitor: [new Visitor(wire, own()), new Visitor(wire, own())],
    outsider: [new Outsider({ wire, random: own(), sign, odd, victim })],
    watcher: [new Watcher(wire, own(), [devices[0] ?? victim, victim])],
    odd: [new OddProgram({ wire, random: own(), sign, identity: oddOne })],
  };
  let newcomers = 0;
  const newcomer = (): Newcomer => {
    newcomers += 1;
    const namesake = random.chance(NAMESAKES) ? namesakes.pop()?.hostname : undefined;
    return new Newcomer({
      ...{ wire, random: own(), hostname: namesake ?? `NEW-${newcomers}`, takeCode: () => codes.shift() },
      enrolled: (identity) => {
        actors.device.push(device(identity, namesake !== undefined));
        onEnrolled();
      },
    });
  };
  return (kind) => {
    if (kind !== 'newcomer') return actors[kind];
    actors.newcomer = actors.newcomer.filter(({ isOver }) => isOver !== true);
    while (actors.newcomer.length < NEWCOMERS) actors.newcomer.push(newcomer());
    return actors.newcomer;
  };
}
