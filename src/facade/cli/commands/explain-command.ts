/** `facade explain METHOD PATH`: who would answer, and why. */
import type { Command } from 'commander';
import type { ExplainInput } from '../../admin/admin-deps.js';
import { type Explanation, explainRequest } from '../../admin/explain-request.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { offlineTable } from '../offline-table.js';
import { headerLine } from '../parse-values.js';
import { facts, paintStage, printable, type Style } from '../style.js';

interface ExplainOptions extends GlobalOptions {
  readonly header?: Readonly<Record<string, string>>;
  readonly address: string;
  readonly offline?: boolean;
}

export function addExplainCommand(program: Command, context: CliContext): void {
  program
    .command('explain')
    .summary('who would answer a request, and why')
    .description('Says which side would answer a request, under which row, and why. Sends nothing.')
    .argument('<method>', 'request method, such as GET')
    .argument('<path>', 'path, with or without a query')
    .option('--header <line>', 'a request header as "Name: value"; may be given again', headerLine)
    .option('--address <address>', "the client's address, for canaries by address", '127.0.0.1')
    .option('--offline', 'read the table file instead of asking the facade')
    .action(async (method: string, path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      const { header: headers = {}, address } = options;
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
  pairs.push(['table', tableVersion === 0 ? 'as the file has it' : `version ${tableVersion}`]);
  return `${style.bold(printable(`${method} ${path}`))} -> ${side === 'facade' ? style.bad(side) : paintStage(side, style)}\n${facts(pairs, style)}`;
}
