/** `facade completion SHELL`: prints the script that makes a shell complete this command line. */
import { Argument, type Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import { completionScript, SHELLS, type Shell } from '../completion.js';

export function addCompletionCommand(program: Command, context: CliContext): void {
  program
    .command('completion')
    .summary('print a completion script')
    .description(
      'Prints a completion script. bash: eval "$(facade completion bash)". zsh: eval "$(facade completion zsh)". fish: facade completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => context.io.stdout.write(completionScript(shell, program)));
}
