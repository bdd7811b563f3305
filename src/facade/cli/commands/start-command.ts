/** `facade start`: runs the facade. Every setting is a flag. */
import { type Command, Option } from 'commander';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { listSettings, type SettingInfo } from '../setting-list.js';

export function addStartCommand(program: Command, context: CliContext): void {
  const command = program
    .command('start')
    .summary('run the facade, and with it the engine')
    .description(
      'Runs the facade in the foreground until SIGTERM or SIGINT. Flags win over the environment, which wins over the settings file.',
    );
  const flags = listSettings().map((setting) => ({ setting, option: optionOf(setting) }));
  for (const { option } of flags) command.addOption(option);
  command.action(async (_options, self: Command) => {
    const given: Record<string, unknown> = self.opts();
    const env = { ...context.io.env };
    // Given as environment, so that a token of digits stays a text.
    for (const { setting, option } of flags) {
      const value = given[option.attributeName()];
      if (value !== undefined) env[setting.env] = String(value);
    }
    context.exitCode = await context.io.startFacade(context.settings(self.optsWithGlobals<GlobalOptions>(), env));
  });
}

function optionOf({ flag, doc, env, default: usual, choices, boolean }: SettingInfo): Option {
  const placeholder = boolean ? '[true|false]' : '<value>';
  const option = new Option(
    `--${flag} ${placeholder}`,
    `${doc} (default: ${usual === '' ? 'empty' : usual}; env: ${env})`,
  );
  if (choices.length > 0) option.choices([...choices]);
  return boolean ? option.preset('true') : option;
}
