/** Makes sure that someone can sign in: as the legacy does at its start (operators 2.1). */
import type { UnitOfWork } from '../repositories/unit-of-work.js';

/** Lower-case hex SHA-512 of `Password`, the legacy's first password. */
const FIRST_PASSWORD_SHA512 =
  'e6c83b282aeb2e022844595721cc00bbda47cb24537c1779f9bb84f04039e1676e6ba8573e588da1052510e3aa0a32a9e55879ae22b0c2d62136fc0a3e85f8bb';

/**
 * With an admin present nothing happens. Else a user named admin (any case) is raised, the password kept; else `admin` is
 * inserted with the legacy's first password.
 * @param now epoch milliseconds
 * @returns what was done
 */
export async function ensureDefaultAdmin(
  unitOfWork: UnitOfWork,
  now: number,
): Promise<'present' | 'raised' | 'inserted'> {
  // The usual case takes no lock, and so waits for nobody.
  if (await unitOfWork.read(({ users }) => users.hasAdmin())) return 'present';
  return await unitOfWork.write(async ({ users }) => {
    if (await users.hasAdmin()) return 'present';
    const seconds = Math.floor(now / 1000);
    const id = await users.findIdByName('admin');
    if (id !== undefined) {
      await users.setRole(id, 'Admin', seconds);
      return 'raised';
    }
    const admin = {
      username: 'admin',
      displayName: 'Administrator',
      passwordSha512: FIRST_PASSWORD_SHA512,
      role: 'Admin',
    };
    await users.insert(admin, seconds);
    return 'inserted';
  });
}
