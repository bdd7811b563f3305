/** `facade explain METHOD PATH` and `facade explain --event NAME`: who would answer or handle, and why. */
import type { Command } from 'commander';
import type { ExplainInput } from '../../admin/admin-deps.js';
import { type EventExplanation, type ExplainEventInput, explainEvent } from '../../admin/explain-event.js';
import { type Explanation, explainRequest } from '../../admin/explain-request.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { offlineTable } from '../offline-table.js';
import { headerLine } from '../parse-values.js';
import { facts, paintStage, printable, type Style } from '../style.js';

interface ExplainOptions extends GlobalOptions {
  readonly header?: Readonly<Record<string, string>>;
  readonly address: string;
  readonly offline?: boolean;
  readonly event?: string;
}

const EXAMPLES = `
Examples:
  facade explain GET /api/devices --header "Cookie: session=…"
  facade explain POST /api/agent/token/refresh --header "Authorization: Bearer …" --address 192.0.2.7
  facade explain --event agent_heartbeat`;

export function addExplainCommand(program: Command, context: CliContext): void {
  program
    .command('explain')
    .summary('who would answer a request, or handle an event, and why')
    .description(
      'Says which side would answer a request, or with --event handle a Socket.IO event, under which row, and why. Sends nothing.',
    )
    .argument('[method]', 'request method, such as GET')
    .argument('[path]', 'path, with or without a query')
    .option('--event <name>', 'in place of method and path: an event that clients send, such as agent_heartbeat')
    .option('--header <line>', 'a request header as "Name: value"; may be given again', headerLine)
    .option('--address <address>', "the client's address, for canaries by address", '127.0.0.1')
    .option('--offline', 'read the table file instead of asking the facade')
    .addHelpText('after', EXAMPLES)
    .action(async (method: string | undefined, path: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      const { header: headers = {}, address, event } = options;
      if (event !== undefined && method === undefined) {
        context.show(options, await explainOfEvent(context, options, { event, headers, address }), writeEvent);
        return;
      }
      if (event !== undefined || method === undefined || path === undefined)
        throw new CliError('usage', 'usage', 'Expected a method and a path, or --event NAME alone.');
      context.show(options, await explain(context, options, { method, path, headers, address }), writeExplanation);
    });
}

async function explain(context: CliContext, options: ExplainOptions, input: ExplainInput): Promise<Explanation> {
  if (options.offline === true) {
    const access = context.access(options);
    try {
      return await explainRequest(await offlineTable(context.settings(options)), input, access.judge);
    } finally {
      access.close();
    }
  }
  return context.facade(options).call<Explanation>('POST', '/explain', input);
}

async function explainOfEvent(
  context: CliContext,
  options: ExplainOptions,
  input: ExplainEventInput,
): Promise<EventExplanation> {
  if (options.offline === true) return explainEvent(await offlineTable(context.settings(options)), input);
  return context.facade(options).call<EventExplanation>('POST', '/explain/event', input);
}

function writeEvent(explanation: EventExplanation, style: Style): string {
  const { event, side, alsoTo, row, group, stage, sockets, reason, mayFallBack, tableVersion } = explanation;
  const pairs: [string, string][] = [['sockets', paintStage(sockets, style)]];
  if (row !== null) pairs.push(['row', printable(row) + (group === null ? '' : ` of group ${printable(group)}`)]);
  if (stage !== null) pairs.push(['stage', paintStage(stage, style)]);
  pairs.push(['also to', alsoTo === null ? 'nobody' : alsoTo]);
  if (side === 'engine')
    pairs.push(['without it', mayFallBack ? 'the legacy handles it' : style.caution('nobody does')]);
  pairs.push(['reason', printable(reason)], ['table', tableWords(tableVersion)]);
  return `${style.bold(printable(`event ${event}`))} -> ${paintStage(side, style)}\n${facts(pairs, style)}`;
}

function tableWords(version: number): string {
  return version === 0 ? 'as the file has it' : `version ${version}`;
}

function accessWords({ demands, outcome, why }: NonNullable<Explanation['access']>, style: Style): string {
  if (demands === 'public') return demands;
  const told = printable(`${demands} (${why})`);
  return outcome === 'denied' || outcome === 'unavailable' ? `${style.bad(outcome)}: ${told}` : told;
}

function writeExplanation(explanation: Explanation, style: Style): string {
  const { method, path, side, row, group, stage, reason, access, breaker, tableVersion } = explanation;
  const pairs: [string, string][] = [];
  if (row !== null) pairs.push(['row', printable(row) + (group === null ? '' : ` of group ${printable(group)}`)]);
  if (stage !== null) pairs.push(['stage', paintStage(stage, style)]);
  if (access !== null) pairs.push(['access', accessWords(access, style)]);
  pairs.push(['reason', printable(reason)]);
  if (breaker !== 'closed') pairs.push(['breaker', style.bad(breaker)]);
  pairs.push(['table', tableWords(tableVersion)]);
  return `${style.bold(printable(`${method} ${path}`))} -> ${side === 'facade' ? style.bad(side) : paintStage(side, style)}\n${facts(pairs, style)}`;
}
