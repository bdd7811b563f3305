/** The line of `engine.log`: `<YYYY-MM-DD HH:MM:SS,mmm>-engine-<message>` in local time. */

/** Line breaks of a message are escaped, so that nobody can forge a line through a logged value. */
export function formatLine(at: Date, message: string): string {
  return `${localStamp(at)}-engine-${message.replace(/[\r\n]/g, (ch) => (ch === '\n' ? '\\n' : '\\r'))}`;
}

function localStamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time},${String(at.getMilliseconds()).padStart(3, '0')}`;
}
