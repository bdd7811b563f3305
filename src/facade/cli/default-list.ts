/** Groups of commands that list when no command is named. Commander takes a mistyped one for an argument of the list. */
import type { Command } from 'commander';
import { suggestion } from '../table/suggestion.js';
import { CliError } from './cli-error.js';

/** Adds `list` to a group, as what the group does by itself. @returns the command, to be given options and an action */
export function addDefaultList(group: Command, summary: string, description: string): Command {
  const list = group.command('list', { isDefault: true }).summary(summary).description(description);
  return list
    .allowExcessArguments()
    .allowUnknownOption()
    .hook('preAction', () => {
      const [unknown] = list.args;
      if (unknown !== undefined) throw notKnown(unknown, group, list);
    });
}

/** What is wrong with the first word that the list can't take. */
function notKnown(word: string, group: Command, list: Command): CliError {
  const path = `facade ${group.name()}`;
  if (word.startsWith('-')) {
    const known = list.options.flatMap(({ long }) => long ?? []);
    return new CliError('usage', 'usage', `unknown option '${word}'${suggestion(word, known)}`, {
      hint: `See "${path} list --help".`,
    });
  }
  const known = group.commands.map((command) => command.name());
  return new CliError('usage', 'usage', `unknown command '${path} ${word}'${suggestion(word, known)}`, {
    hint: `See "${path} --help".`,
  });
}
