/**
 * Whether the engine is fit for agents' tokens by its own word, and works on the files that the facade's settings mean: keys,
 * the bundle that agents get, the database.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { readEd25519Key } from '../../legacy-bridge/keys/ed25519-key-file.js';
import type { SharedPlaces } from '../access/shared-places.js';
import { reasonOf } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { askForJson } from './ask-for-json.js';
import { fine, type TokenFinding, unknown, wrong } from './token-finding.js';

/** `/engine/internal/status`, as far as it is looked at. */
interface EngineStatus {
  readonly ready?: boolean;
  readonly keys?: {
    readonly problem?: string;
    readonly jwt_kid?: string;
    readonly script_key_sha256?: string;
    readonly tls_bundle_sha256?: string;
  };
  readonly database?: { readonly problem?: string; readonly file?: string; readonly without_agents?: boolean };
}

/** @returns what is wrong, or the status that tells of files */
export async function engineFitness(engine: SideTarget): Promise<TokenFinding | EngineStatus> {
  const asked = await askForJson(engine, { method: 'GET', path: '/engine/internal/status' });
  if (typeof asked === 'string') return wrong(`the engine does not answer (${asked})`, 'Look into its own log.');
  if (asked.status === 404)
    return unknown(
      'the engine tells of its files on its Unix socket alone',
      'Let the facade start it (engine.mode spawn).',
    );
  const { ready, keys, database } = asked.body as EngineStatus;
  if (ready !== true) {
    const why = [keys?.problem, database?.problem].filter(Boolean).join(', ') || 'it does not say why';
    return wrong(`the engine is not fit (${why})`, 'Look into its own log.');
  }
  if (database?.without_agents === true)
    return wrong(
      `the engine's database ${database.file} knows no refresh token of any agent: is it the legacy's?`,
      'Set shared.database, or BOREALIS_DATABASE_PATH, to the file that the legacy has open.',
    );
  return asked.body as EngineStatus;
}

/** Each file once: the same to the engine and to the facade's settings, or not. */
export async function sharedFiles(
  { keys, database }: EngineStatus,
  { layout, databaseFile }: SharedPlaces,
): Promise<readonly TokenFinding[]> {
  return Promise.all([
    compared(
      'the key of access tokens',
      layout.jwtKeyFile,
      keys?.jwt_kid,
      async (file) => (await readEd25519Key(file)).kid,
    ),
    compared(
      'the key of scripts',
      layout.scriptKeyFile,
      keys?.script_key_sha256,
      async (file) => (await readEd25519Key(file)).fingerprint,
    ),
    compared('the bundle that agents get', layout.tlsBundleFile, keys?.tls_bundle_sha256, sha256Of),
    compared(
      'the database',
      databaseFile,
      database?.file && (await identityOf(database.file).catch(reasonOf)),
      identityOf,
    ),
  ]);
}

async function compared(
  what: string,
  file: string,
  engineHas: string | undefined,
  identify: (file: string) => Promise<string>,
): Promise<TokenFinding> {
  const hint = 'Engine and facade must read the files of the legacy: see the settings "shared".';
  if (engineHas === undefined) return unknown(`the engine does not tell of ${what}`, hint);
  try {
    const here = await identify(file);
    if (engineHas === '')
      return wrong(`the engine has not loaded ${what}, though there is ${file}`, 'Look into its own log.');
    if (here === engineHas) return fine(`engine and facade have one file for ${what}: ${file}`);
    return wrong(`the engine has another file for ${what} than ${file}`, hint);
  } catch (error) {
    return unknown(`the facade can't read ${what} (${reasonOf(error)})`, hint);
  }
}

async function sha256Of(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function identityOf(file: string): Promise<string> {
  const { dev, ino } = await stat(file, { bigint: true });
  return `${dev}:${ino}`;
}
