/** The table's file on disk: read it whole, tell whether it changed, replace it so that a reader sees the old text or the new one. */
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_TABLE_BYTES } from './table-document.js';
import { TableError } from './table-error.js';

/** How long a file must stay as it is before its text counts: editors that write in place do so in several steps. */
const SETTLE_MS = 25;
const MOST_TRIES = 40;

/** Changes with each edit, also with one that keeps size and second: device, inode, size and both times in nanoseconds. */
export async function fingerprintOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** The fingerprint of the file with this text; empty, which no file has, when it holds another by now. */
export async function fingerprintWith(file: string, text: string): Promise<string> {
  try {
    const fingerprint = await fingerprintOf(file);
    // Read after the look: an edit that came before it is seen here, one that comes later changes the fingerprint.
    return (await readText(file)) === text ? fingerprint : '';
  } catch {
    return ''; // Whatever is wrong with the file, the next look at it finds and tells.
  }
}

/**
 * Reads the file once it has stopped changing.
 * @throws TableError `table_unreadable`: absent, no file, too large, not UTF-8, or changing all the time
 */
export async function readSettled(file: string): Promise<{ readonly text: string; readonly fingerprint: string }> {
  try {
    let fingerprint = await fingerprintOf(file);
    for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
      await sleep(SETTLE_MS);
      const text = await readText(file);
      const now = await fingerprintOf(file);
      if (now === fingerprint) return { text, fingerprint };
      fingerprint = now;
    }
  } catch (cause) {
    if (cause instanceof TableError) throw cause;
    throw new TableError('table_unreadable', `The table file ${file} can not be read: ${messageOf(cause)}.`, { cause });
  }
  throw new TableError('table_unreadable', `The table file ${file} does not stop changing.`);
}

async function readText(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > MAX_TABLE_BYTES)
      throw new TableError('table_unreadable', `${file} has ${size} bytes; a table has at most ${MAX_TABLE_BYTES}.`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
  } finally {
    await handle.close();
  }
}

/** A text that lies beside the file, on disk for good, and waits to take its place. */
export interface Replacement {
  /** Whether the file still holds this text. */
  stillHolds(text: string): boolean;
  /** Puts the new text in the file's place. Synchronous, so that it can happen inside a transaction. */
  publish(): void;
  /** Puts the old file back, after `publish`. */
  takeBack(): void;
  /** Removes what lies beside the file. */
  cleanUp(): Promise<void>;
}

/**
 * Prepares a replacement in the file's own directory, with the file's mode and, where that is allowed, its owner.
 * A symbolic link stays, and the file that it leads to is replaced.
 * @throws TableError `table_write_failed`
 */
export async function prepareReplacement(file: string, text: string): Promise<Replacement> {
  let target: string;
  let aside: string;
  try {
    target = realpathSync(file);
    aside = join(dirname(target), `.${basename(target)}.new-${process.pid}`);
    await writeDurably(aside, text, await stat(target));
  } catch (cause) {
    throw new TableError('table_write_failed', `The table file ${file} can not be rewritten: ${messageOf(cause)}.`, {
      cause,
    });
  }
  const former = join(dirname(target), `.${basename(target)}.old-${process.pid}`);
  return {
    stillHolds: (expected) => textNow(target) === expected,
    publish() {
      keepAside(target, former);
      renameSync(aside, target);
      syncDirectory(dirname(target));
    },
    takeBack() {
      renameSync(former, target);
      syncDirectory(dirname(target));
    },
    async cleanUp() {
      await Promise.all([aside, former].map((path) => rm(path, { force: true })));
    },
  };
}

/** Undefined when the file is gone, which the next look at it reports. */
function textNow(target: string): string | undefined {
  try {
    return readFileSync(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A second name for the old file, or a copy where the file system has no such thing or forbids it. */
function keepAside(target: string, former: string): void {
  rmSync(former, { force: true });
  try {
    linkSync(target, former);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(target, former);
  }
}

async function writeDurably(
  path: string,
  text: string,
  like: { mode: number; uid: number; gid: number },
): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await keepOwner(handle, like);
    await handle.chmod(like.mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only root may give files away; for anyone else the new file is his own, which is what editors do too. */
async function keepOwner(handle: FileHandle, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const own = await handle.stat();
  if (own.uid === uid && own.gid === gid) return;
  try {
    await handle.chown(uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** A rename is on disk only when its directory is. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
