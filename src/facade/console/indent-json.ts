/**
 * Sets JSON on lines of its own and changes nothing else: read and written anew, it would lose digits of large numbers, `1.0`, and keys
 * that are named twice, which are differences that count.
 */

const STEP = '  ';
/** A text, blanks between tokens, a bracket, a comma or colon, or any other token. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\s+|[[\]{},:]|[^\s"[\]{},:]+/gs;

/** @param text anything: what is no JSON comes back as it is */
export function indentJson(text: string): string {
  if (!isJson(text)) return text;
  const tokens = (text.match(TOKEN) ?? []).filter((token) => token.trim() !== '');
  let depth = 0;
  let shown = '';
  for (const [at, token] of tokens.entries()) {
    const isEmpty = /^[[{]$/.test(tokens[at - 1] ?? '');
    if (/^[\]}]$/.test(token)) {
      depth -= 1;
      shown += isEmpty ? token : `${lineOf(depth)}${token}`;
    } else {
      if (isEmpty) shown += lineOf(depth);
      shown += token;
      if (token === ',') shown += lineOf(depth);
      if (token === ':') shown += ' ';
      if (/^[[{]$/.test(token)) depth += 1;
    }
  }
  return shown;
}

function lineOf(depth: number): string {
  return `\n${STEP.repeat(depth)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Or cut off.
  }
}
