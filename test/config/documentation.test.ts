/** The documentation leads where it says, all of it can be found from README, and its commands are commands. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { documentedProgram } from '../../scripts/docs/program.js';
import { projectRoot } from '../kit/python.js';

const PAGES = [
  ...readdirSync(projectRoot).map(String),
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true }).map((name) => `docs/${String(name)}`),
].filter((name) => name.endsWith('.md'));

const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

interface Link {
  readonly to: string;
  readonly anchor: string | undefined;
}

/** Links to files of the project. */
function linksOf(page: string): readonly Link[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^https?:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    const to = path === '' ? page : relative(projectRoot, resolve(projectRoot, dirname(page), path));
    return [{ to, anchor }];
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const heads = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, head = '']) => head);
  return new Set(
    heads.map((head) =>
      head
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

/** Lines of code that call the facade, without what stands behind them as an explanation. */
function commandsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^ {4}(?:\$ )?facade (.+)$/gm)].map(([, line = '']) =>
    line.replace(/ {2,}.*$/, '').replace(/ #.*$/, ''),
  );
}

/** As a shell does, as far as the documentation goes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

/** @returns why the command line would refuse it; undefined when it would run */
function refusal(words: readonly string[]): string | undefined {
  const program = documentedProgram();
  let told = '';
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: () => undefined,
      writeErr: (text) => {
        told += text;
      },
    });
    command.action(() => undefined);
    for (const part of command.commands) silence(part);
  };
  silence(program);
  try {
    program.parse([...words], { from: 'user' });
    return undefined;
  } catch {
    return told;
  }
}

describe('the documentation', () => {
  it('has no dead link', () => {
    const dead = PAGES.flatMap((page) =>
      linksOf(page)
        .filter(
          ({ to, anchor }) =>
            !existsSync(join(projectRoot, to)) ||
            (anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).has(anchor)),
        )
        .map(({ to, anchor }) => `${page}: ${to}${anchor === undefined ? '' : `#${anchor}`}`),
    );
    assert.deepEqual(dead, []);
  });

  it('can be found from README', () => {
    const found = new Set<string>();
    const follow = (page: string): void => {
      if (found.has(page)) return;
      found.add(page);
      for (const { to } of linksOf(page)) if (PAGES.includes(to)) follow(to);
    };
    follow('README.md');
    assert.deepEqual(
      PAGES.filter((page) => !found.has(page)),
      [],
    );
  });

  it('has no command that the command line would refuse', () => {
    const manuals = PAGES.filter((page) => page !== 'docs/reference/cli.md');
    const commands = manuals.flatMap((page) => commandsOf(page).map((line) => ({ page, line })));
    assert.ok(commands.length > 50, String(commands.length));
    const refused = commands.flatMap(({ page, line }) => {
      const why = refusal(wordsOf(line));
      return why === undefined ? [] : [`${page}: facade ${line}: ${why}`];
    });
    assert.deepEqual(refused, []);
  });
});
