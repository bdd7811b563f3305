/** The admin API's tokens: made once, kept in files that only their owner can read, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type AdminTokenErrorCode = 'admin_token_weak' | 'admin_token_exposed' | 'admin_token_unreadable';

/** Why there is no token that the admin API could be guarded with. The message says what to do. */
export class AdminTokenError extends Error {
  readonly code: AdminTokenErrorCode;

  constructor(code: AdminTokenErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AdminTokenError';
    this.code = code;
  }
}

/** Shortest token that settings may give. */
const SHORTEST = 16;
const ANYBODY_ELSE = 0o077;

/** Where the token of a state directory is. */
export function adminTokenFile(stateDirectory: string): string {
  return join(stateDirectory, 'admin.token');
}

/**
 * The token to be used: that of the settings, else that of the file, which is made on the first start.
 *
 * @throws AdminTokenError when the token is weak, or its file can be read by others or not at all
 */
export function openAdminToken(settings: {
  readonly stateDirectory: string;
  readonly admin: { readonly token: string };
}): string {
  if (settings.admin.token !== '') return sound(settings.admin.token, 'admin.token');
  return openTokenFile(adminTokenFile(settings.stateDirectory));
}

/** Where the token is that is good for metrics alone. */
export function metricsTokenFile(stateDirectory: string): string {
  return join(stateDirectory, 'metrics.token');
}

/**
 * The token that is good for metrics alone, so that who watches can't steer.
 *
 * @throws AdminTokenError
 */
export function openMetricsToken(stateDirectory: string): string {
  return openTokenFile(metricsTokenFile(stateDirectory));
}

/**
 * A secret of 256 random bits in a file of its own, which is made when it is missing.
 *
 * @throws AdminTokenError
 */
export function openTokenFile(file: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    makeTokenFile(file);
  } catch (error) {
    throw new AdminTokenError('admin_token_unreadable', `${file} can't be made: ${messageOf(error)}`, error);
  }
  return readTokenFile(file);
}

/**
 * Reads an existing token file.
 *
 * @throws AdminTokenError
 */
export function readTokenFile(file: string): string {
  let text: string;
  try {
    const stat = lstatSync(file);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if ((stat.mode & ANYBODY_ELSE) !== 0)
      throw new AdminTokenError(
        'admin_token_exposed',
        `${file} can be read by others: run "chmod 600 ${file}", or remove it and restart the facade for a new token`,
      );
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof AdminTokenError) throw error;
    throw new AdminTokenError('admin_token_unreadable', `${file} can't be read: ${messageOf(error)}`, error);
  }
  return sound(text, file);
}

/** Compares by digest, so that neither content nor length shows in the time that it takes. */
export function tokenMatcher(token: string): (given: string) => boolean {
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
}

/** Written aside and linked into place: two that start at once agree on one token, and nobody reads half of it. */
function makeTokenFile(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(aside);
  }
}

function sound(token: string, where: string): string {
  if (token.length >= SHORTEST && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AdminTokenError(
    'admin_token_weak',
    `${where} holds no usable token: expected ${SHORTEST} or more visible ASCII characters`,
  );
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
