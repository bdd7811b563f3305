/** The line of `engine.log`: `<YYYY-MM-DD HH:MM:SS,mmm>-engine-<message>` in local time. */

/** What ends a line for some reader, or moves a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Line breaks and controls of a message are escaped, so that nobody can forge a line through a logged value. */
export function formatLine(at: Date, message: string): string {
  return `${localStamp(at)}-engine-${message.replace(UNPRINTABLE, escaped)}`;
}

function escaped(ch: string): string {
  return SHORT[ch] ?? `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function localStamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time},${String(at.getMilliseconds()).padStart(3, '0')}`;
}
