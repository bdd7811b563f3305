/**
 * Who may read a key file. Both sides make theirs with mode 0600; what a copy, a restored backup or a careless hand left open is
 * closed where this process owns the file. Never fails a start: a key that others can read is still the key.
 */
import { open } from 'node:fs/promises';
import { KeyError } from './key-error.js';

/** Anything for group or others. */
const OPEN_BITS = 0o077;
const GROUP_READS = 0o040;

export interface KeyFileMode {
  /**
   * `private`: nobody but its owner may use it. `shared`: a group that somebody chose may read it too, as a side or facade of
   * another user does; left alone. `tightened`: more than that was open, and is no longer. `open`: it is, and the file is not this process's to
   * change.
   */
  readonly state: 'private' | 'shared' | 'tightened' | 'open';
  /** As it was found, in octal digits. */
  readonly mode: string;
}

/** Whose process this is. Null where files have no modes: all count as private then. */
export type FileOwner = { readonly uid: number; readonly gid: number } | null;

/**
 * Takes away what others may do with a file of this process's user. Its own group is nobody's choice; another group's right to
 * read stays.
 * @throws KeyError `key_unreadable`
 */
export async function keepKeyFilePrivate(file: string, owner = ownerOfProcess()): Promise<KeyFileMode> {
  try {
    // One handle, so that what is looked at is what is changed.
    const handle = await open(file, 'r');
    try {
      const stat = await handle.stat();
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      if (owner === null || (stat.mode & OPEN_BITS) === 0) return { state: 'private', mode };
      const shared = stat.gid === owner.gid ? 0 : stat.mode & GROUP_READS;
      if ((stat.mode & OPEN_BITS) === shared) return { state: 'shared', mode };
      if (stat.uid !== owner.uid) return { state: 'open', mode };
      await handle.chmod(0o600 | shared);
      return { state: 'tightened', mode };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new KeyError('key_unreadable', file, error);
  }
}

function ownerOfProcess(): FileOwner {
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  return uid === undefined || gid === undefined ? null : { uid, gid };
}
