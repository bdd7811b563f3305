/**
 * Where the legacy keeps the files that both sides share: keys, certificates, the database's folder.
 * Computes paths; never reads or creates anything.
 */
import { join, resolve } from 'node:path';

/** Absolute paths of the shared files (contract: agents-http 2, engine-facts 1.1). */
export interface LegacyLayout {
  /** Root below which the legacy's files lie. */
  readonly projectRoot: string;
  /** PKCS8 PEM of the key that signs access tokens. */
  readonly jwtKeyFile: string;
  /** Where older installations have it; moved from here at start. */
  readonly olderJwtKeyFile: string;
  /** Where the key of stored secrets may lie, beside the legacy's main file: as installed, and in its source tree. */
  readonly secretKeyFiles: readonly [string, ...string[]];
  /** PKCS8 PEM of the key that signs scripts. */
  readonly scriptKeyFile: string;
  /** SPKI DER of the same key, written beside it. */
  readonly scriptPublicKeyFile: string;
  readonly serverCertificates: string;
  readonly agentCertificates: string;
  /** Leaf and root certificate as given to agents that enrol. */
  readonly tlsBundleFile: string;
}

/** What replaces parts of the layout; each undefined when not set. */
export interface LayoutOverrides {
  /** Replaces `<root>/Server/Borealis`. */
  readonly serverRoot?: string | undefined;
  /** Replaces both places of `server_secret.key`. */
  readonly secretKeyFile?: string | undefined;
  /** Replaces `<root>/Certificates`. */
  readonly certificatesRoot?: string | undefined;
  /** Replaces `<certificates>/Server`. */
  readonly serverCertificates?: string | undefined;
  /** Replaces `<certificates>/Agent`. */
  readonly agentCertificates?: string | undefined;
  /** Replaces `<server certificates>/borealis-server-bundle.pem`. */
  readonly tlsBundleFile?: string | undefined;
}

const SECRET_KEY = 'server_secret.key';

export function legacyLayout(projectRoot: string, overrides: LayoutOverrides = {}): LegacyLayout {
  const root = resolve(projectRoot);
  const at = (path: string | undefined, fallback: string): string => (path === undefined ? fallback : resolve(path));
  const serverRoot = at(overrides.serverRoot, join(root, 'Server', 'Borealis'));
  const certificates = at(overrides.certificatesRoot, join(root, 'Certificates'));
  const serverCertificates = at(overrides.serverCertificates, join(certificates, 'Server'));
  return {
    projectRoot: root,
    jwtKeyFile: join(serverRoot, 'auth_keys', 'borealis-jwt-ed25519.key'),
    olderJwtKeyFile: join(serverRoot, 'keys', 'borealis-jwt-ed25519.key'),
    secretKeyFiles:
      overrides.secretKeyFile === undefined
        ? [join(serverRoot, SECRET_KEY), join(root, 'Data', 'Server', SECRET_KEY)]
        : [resolve(overrides.secretKeyFile)],
    scriptKeyFile: join(serverCertificates, 'Code-Signing', 'borealis-script-ed25519.key'),
    scriptPublicKeyFile: join(serverCertificates, 'Code-Signing', 'borealis-script-ed25519.pub'),
    serverCertificates,
    agentCertificates: at(overrides.agentCertificates, join(certificates, 'Agent')),
    tlsBundleFile: at(overrides.tlsBundleFile, join(serverCertificates, 'borealis-server-bundle.pem')),
  };
}
