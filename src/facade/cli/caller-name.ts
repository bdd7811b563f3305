/** By which name the audit knows who runs a command. Pure. Only a name: whoever holds the admin token may give another. */

/**
 * Commands run as the facade's user, whom several people become by `sudo`; the audit is to know which of them.
 * @param user name of the operating system's user
 * @param env of the process; sudo sets `SUDO_USER`
 */
export function callerName(user: string, env: Readonly<Record<string, string | undefined>>): string {
  const person = env.SUDO_USER?.trim() ?? '';
  return person === '' || person === user || person === 'root' ? user : `${person} as ${user}`;
}
