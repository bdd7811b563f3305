/** Tells whether the engine can answer for what it serves: the shared keys and the shared database. Changes nothing. */
import { EngineError } from '../domain/engine-error.js';
import type { RequestContext } from './request-context.js';

export type Condition = {
  readonly ok: boolean;
  /** Why not: a code; empty when ok. */
  readonly problem: string;
};

export type StatusReport = {
  /** Keys and database are both ok. */
  readonly ready: boolean;
  readonly pid: number;
  /** Names the code that runs; see `buildDigest`. */
  readonly build: string;
  /** The signing key in use agrees with the file that both sides share. */
  readonly keys: Condition & {
    readonly jwt_key_file: string;
    /** `kid` of access tokens; empty while no key is loaded. */
    readonly jwt_kid: string;
    /** SHA-256 over the script key's SPKI DER, hex; empty when there is none. */
    readonly script_key_sha256: string;
    /** SHA-256 over the bundle given to agents, hex; empty when it is unreadable. */
    readonly tls_bundle_sha256: string;
  };
  readonly database: Condition & {
    readonly file: string;
    readonly sqlite_version: string;
    /** No agent ever got a refresh token here: maybe not the legacy's file. */
    readonly without_agents: boolean;
  };
};

/** Facts that the service asks for; each is looked at anew per report. */
export interface StatusSources {
  readonly pid: number;
  readonly build: () => Promise<string>;
  readonly sqliteVersion: string;
  readonly databaseFile: string;
  readonly jwtKeyFile: string;
  /** @throws EngineError when the key in use is not the one on disk */
  readonly checkJwtKey: () => Promise<string>;
  readonly scriptKeySha256: () => Promise<string>;
  readonly tlsBundleSha256: () => Promise<string>;
}

export class StatusService {
  readonly #sources: StatusSources;

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  async report(context: RequestContext): Promise<StatusReport> {
    const { build, checkJwtKey, scriptKeySha256, tlsBundleSha256, ...facts } = this.#sources;
    const [digest, kid, read, script, bundle] = await Promise.all([
      build(),
      condition(checkJwtKey),
      condition(() => context.unitOfWork.read(({ refreshTokens }) => refreshTokens.hasAny())),
      scriptKeySha256(),
      tlsBundleSha256(),
    ]);
    return {
      ready: kid.ok && read.ok,
      pid: facts.pid,
      build: digest,
      keys: {
        ok: kid.ok,
        problem: kid.problem,
        jwt_key_file: facts.jwtKeyFile,
        jwt_kid: kid.value ?? '',
        script_key_sha256: script,
        tls_bundle_sha256: bundle,
      },
      database: {
        ok: read.ok,
        problem: read.problem,
        file: facts.databaseFile,
        sqlite_version: facts.sqliteVersion,
        without_agents: read.value === false,
      },
    };
  }
}

async function condition<T>(look: () => Promise<T>): Promise<Condition & { readonly value?: T }> {
  try {
    return { ok: true, problem: '', value: await look() };
  } catch (error) {
    if (error instanceof EngineError) return { ok: false, problem: error.code };
    throw error;
  }
}
