/** What the fleet tool is started with: read from its command line, refused with the option's name and what was expected. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface FleetOptions {
  /** Origin of the server, such as `https://127.0.0.1:5000`. */
  readonly server: string;
  /** Clients in this process. */
  readonly agents: number;
  /** Python agents beside them, which enrol with `code`. */
  readonly python: number;
  readonly code: string | undefined;
  /** How long it runs once all have been started. */
  readonly seconds: number;
  /** Clients started per second. */
  readonly rampPerSecond: number;
  readonly heartbeatSeconds: number;
  /** An acknowledgement that takes longer is lost. */
  readonly ackSeconds: number;
  readonly reconnectSeconds: number;
  readonly transport: 'websocket' | 'polling' | 'upgrade';
  /** PEM file of the root to trust. */
  readonly ca: string | undefined;
  /** Hostnames are `PREFIX-000001` and on. */
  readonly prefix: string;
  readonly json: boolean;
  readonly remote: boolean;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const MOST_AGENTS = 50_000;

/**
 * @param argv without the interpreter and the script
 * @throws CommanderError, after it has told what is wrong, or shown the help
 */
export function readFleetOptions(argv: readonly string[]): FleetOptions {
  const command = new Command('scripts/fleet')
    .description(
      'Many agents at once, as far as Socket.IO shows them: they join, beat, ask for acknowledgements, answer jobs, and come back when cut off. ' +
        'Prints what they met; exits 1 when an agent was lost for good, an acknowledgement was lost or came out of order, a job came twice, or a client was not connected at the end. ' +
        'The server writes device rows with the names of the agents.',
    )
    .requiredOption('--server <url>', 'origin of the server', origin)
    .option('--agents <count>', 'clients in this process', whole(0, MOST_AGENTS), 100)
    .option(
      '--python <count>',
      "python agents beside them, of the agent's own library; they need --code",
      whole(0, 200),
      0,
    )
    .option('--code <code>', 'install code for the python agents')
    .option('--seconds <seconds>', 'how long, once all have been started', positive, 60)
    .option('--ramp-per-second <count>', 'clients started per second', positive, 100)
    .option('--heartbeat-seconds <seconds>', 'between the heartbeats of an agent', positive, 15)
    .option('--ack-seconds <seconds>', 'after which an acknowledgement is lost', positive, 20)
    .option('--reconnect-seconds <seconds>', 'before dialling again, give or take a tenth', positive, 5)
    .addOption(
      new Option('--transport <name>', 'upgrade begins by polling')
        .choices(['websocket', 'polling', 'upgrade'])
        .default('websocket'),
    )
    .option('--ca <file>', 'PEM file of the root to trust')
    .option('--prefix <name>', 'begins the hostnames', hostnamePrefix, 'FLEET')
    .option('--json', 'print the report as JSON', false)
    .option('--remote', 'allow a server that is not on this machine', false)
    .allowExcessArguments(false)
    .exitOverride();
  command.parse(argv, { from: 'user' });
  const options = command.opts<FleetOptions>();
  if (!options.remote && !LOOPBACK.test(new URL(options.server).hostname))
    command.error(`error: --server ${options.server} is not on this machine; --remote if that is meant`);
  if (options.python > 0 && options.code === undefined) command.error('error: --python needs --code, an install code');
  if (options.agents + options.python === 0) command.error('error: --agents and --python: expected at least one agent');
  return options;
}

function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new InvalidArgumentError('expected an origin such as https://127.0.0.1:5000');
  return url.origin;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most || text.trim() === '')
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

function hostnamePrefix(text: string): string {
  if (!/^[A-Za-z0-9-]{1,40}$/.test(text))
    throw new InvalidArgumentError('expected 1 to 40 letters, digits and hyphens');
  return text;
}
