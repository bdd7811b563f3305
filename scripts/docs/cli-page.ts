import type { Command, Option } from 'commander';
import { EXIT_CODES } from '../../src/facade/cli/exit-code.js';
import { code, page, table } from './markdown.js';
import { documentedProgram } from './program.js';

export function cliPage(): string {
  const program = documentedProgram();
  const exits = Object.values(EXIT_CODES).map(({ code: exit, meaning }) => [String(exit), meaning]);
  return page(
    'Command line',
    "`facade COMMAND`. On the machine of a running facade no option is needed: the commands read the same settings, and take the token from the state directory. With `--json` results go to standard output and errors to standard error, both as JSON. Colours come on a terminal only, and not when `NO_COLOR` is set. Names and reasons go into the audit; the name is that of the operating system's user and, under `sudo`, of the person who became it.",
    `## Exit codes\n\n${table(['code', 'meaning'], exits)}`,
    `## Options of every command\n\n${optionTable(program.options.filter(({ long }) => long !== '--version'))}`,
    ...program.commands.flatMap((command) => describe(command, [program.name()])),
  );
}

function describe(command: Command, before: readonly string[]): string[] {
  if (command.name() === 'help') return [];
  const path = [...before, command.name()];
  const args = command.registeredArguments.map((argument) => [
    code(argument.name()),
    argument.description + choices(argument.argChoices),
  ]);
  const own = [
    `## ${path.join(' ')}`,
    command.description(),
    `    ${path.join(' ')} ${command.usage()}`,
    ...(args.length === 0 ? [] : [table(['argument', 'meaning'], args)]),
    ...optionsOf(command),
  ];
  return [own.join('\n\n'), ...command.commands.flatMap((one) => describe(one, path))];
}

function optionsOf(command: Command): string[] {
  if (command.name() === 'start') return ['Every setting is a flag: see [settings.md](settings.md).'];
  return command.options.length === 0 ? [] : [optionTable(command.options)];
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['option', 'meaning'],
    options.map((option) => {
      const usual = option.defaultValue === undefined ? '' : ` (default: ${String(option.defaultValue)})`;
      const needed = option.mandatory ? ' (needed)' : '';
      return [code(option.flags), option.description + choices(option.argChoices) + usual + needed];
    }),
  );
}

function choices(all: readonly string[] | undefined): string {
  return all === undefined ? '' : `: ${all.map(code).join(', ')}`;
}
