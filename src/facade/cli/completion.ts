/** Completion scripts for shells, made from the commands themselves. Ids of rows come from `facade routes --ids`. */
import type { Argument, Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** One command as shells see it. */
interface Words {
  /** Words from the program to the command, such as `sockets drain`. */
  readonly path: string;
  readonly summary: string;
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly flag: string; readonly summary: string; readonly choices: readonly string[] }[];
  /** Choices of each argument; `ids` stands for ids of rows. */
  readonly args: readonly (readonly string[] | 'ids')[];
}

export function completionScript(shell: Shell, program: Command): string {
  const commands = listWords(program, []);
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `#compdef facade\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
}

function listWords(command: Command, path: readonly string[]): Words[] {
  const subcommands = command.commands.filter((one) => one.name() !== 'help');
  const own: Words = {
    path: path.join(' '),
    summary: command.summary(),
    subcommands: subcommands.map((one) => ({ name: one.name(), summary: one.summary() })),
    options: [...command.options, ...globalOptions(command, path)].map(optionWords),
    args: command.registeredArguments.map(argumentWords),
  };
  return [own, ...subcommands.flatMap((one) => listWords(one, [...path, one.name()]))];
}

function globalOptions(command: Command, path: readonly string[]): readonly Option[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return path.length === 0 ? [] : root.options;
}

function optionWords({ long, description, argChoices }: Option): Words['options'][number] {
  return { flag: long ?? '', summary: firstSentence(description), choices: argChoices ?? [] };
}

function argumentWords(argument: Argument): readonly string[] | 'ids' {
  return argument.name() === 'target' ? 'ids' : (argument.argChoices ?? []);
}

function firstSentence(text: string): string {
  return text.split(/\. | \(/)[0] ?? '';
}

/** Finds the command among the words typed, then offers subcommands, options, and choices of what is being typed. */
function bash(commands: readonly Words[]): string {
  const cases = commands.map(({ path, subcommands, options }) => {
    const words = [...subcommands.map(({ name }) => name), ...options.map(({ flag }) => flag), '--help'];
    return `    '${path}') words='${words.join(' ')}' ;;`;
  });
  const choices = commands.flatMap(({ path, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map(({ flag, choices: all }) => `    '${path} ${flag}') words='${all.join(' ')}' ;;`),
  );
  const args = commands.flatMap(({ path, args: all }) =>
    all.map(
      (one, at) =>
        `    '${path}:${at}') ${one === 'ids' ? 'words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null)' : `words='${one.join(' ')}'`} ;;`,
    ),
  );
  const paths = commands.map(({ path }) => `'${path}'`).join('|');
  return `_facade() {
  local path='' word next count=0 at words='' current='' previous='' typed=()
  # Bash takes a:b for three words, and ids such as event:NAME are one.
  for ((at = 0; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if ((at > 0)) && [[ $word == : || \${COMP_WORDS[at-1]} == : ]]; then
      typed[\${#typed[@]}-1]+=$word
    else
      typed+=("$word")
    fi
  done
  current=\${typed[\${#typed[@]}-1]} previous=\${typed[\${#typed[@]}-2]}
  for ((at = 1; at < \${#typed[@]} - 1; at++)); do
    word=\${typed[at]}
    next=\${path:+$path }$word
    case "$next" in
    ${paths}) path=$next count=0 ;;
    *) [[ $word == -* ]] || count=$((count + 1)) ;;
    esac
  done
  case "$path $previous" in
${choices.join('\n')}
  esac
  if [[ -z $words && $current != -* ]]; then
    case "$path:$count" in
${args.join('\n')}
    esac
  fi
  if [[ -z $words ]]; then
    case "$path" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # What stands before the last colon is typed already, as bash sees it.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}
complete -o default -F _facade facade
`;
}

function fish(commands: readonly Words[]): string {
  const lines = commands.flatMap(({ path, subcommands, options, args }) => {
    const when =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    const given = (line: string) => `complete -c facade -n ${quoted(when)} ${line}`;
    return [
      ...subcommands.map(({ name, summary }) => given(`-f -a ${name} -d ${quoted(summary)}`)),
      ...options.map(({ flag, summary, choices }) =>
        given(
          `-l ${flag.slice(2)} -d ${quoted(summary)}${choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ''}`,
        ),
      ),
      ...args
        .filter((one) => one.length > 0)
        .map((one) => given(`-f -a ${quoted(one === 'ids' ? '(facade routes --ids 2>/dev/null)' : one.join(' '))}`)),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
