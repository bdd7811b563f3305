/** `facade mismatches [ROW]`: where the engine differs, by row and path. */
import type { Command } from 'commander';
import type { MismatchGroup } from '../../comparing/store/evidence.js';
import type { StoredPair } from '../../comparing/store/kept-pair.js';
import { type CliContext, type GlobalOptions, showPages } from '../cli-context.js';
import { columns, printable, type Style } from '../style.js';

interface MismatchesOptions extends GlobalOptions {
  readonly path?: string;
  readonly export?: boolean;
}

export function addMismatchesCommand(program: Command, context: CliContext): void {
  program
    .command('mismatches')
    .summary('where the engine differs from the legacy')
    .description(
      'Lists mismatches by row and path, with counts and the newest comparison that is kept of each, for the evidence in force.',
    )
    .argument('[target]', 'id of a row: only its mismatches')
    .option('--path <path>', 'only paths that begin so, such as body.devices')
    .option('--export', 'print the kept mismatches whole, as JSON lines, of earlier evidence too')
    .action(async (target: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<MismatchesOptions>();
      const facade = context.facade(options);
      const query = new URLSearchParams({
        ...(target === undefined ? {} : { row: target }),
        ...(options.path === undefined ? {} : { path: options.path }),
      });
      if (options.export !== true)
        return context.show(options, await facade.call<Mismatches>('GET', `/mismatches?${query}`), writeMismatches);
      await showPages(context, async function* () {
        for (let after = 0; ; ) {
          const page = new URLSearchParams({ ...Object.fromEntries(query), verdict: 'mismatch', after: String(after) });
          const { pairs } = await facade.call<{ pairs: readonly StoredPair[] }>('GET', `/pair-export?${page}`);
          yield* pairs;
          const last = pairs.at(-1);
          if (last === undefined) return;
          after = last.id;
        }
      });
    });
}

interface Mismatches {
  readonly groups: readonly (MismatchGroup & { readonly row: string })[];
}

function writeMismatches({ groups }: Mismatches, style: Style): string {
  if (groups.length === 0) return 'no mismatches';
  const rows = groups.map(({ row, count, kind, path, newest, lastAt }) =>
    [row, count, kind, path, newest, lastAt].map(printable),
  );
  const table = columns(['ROW', 'COUNT', 'KIND', 'PATH', 'NEWEST', 'LAST'], rows, style);
  return `${table}\n\n${style.dim('See one with: facade show NEWEST')}`;
}
