/** Pieces of Markdown. */

/** Head of a generated page. */
export function page(title: string, intro: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, '<!-- Made by scripts/generate-docs.ts. Change the code that it is made from. -->', intro, ...parts].join('\n\n')}\n`;
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
