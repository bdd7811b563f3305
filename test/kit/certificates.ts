/** Roots and leaves made on the spot with openssl: what an installation has, and what it must not accept. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One certificate with its key, as files and as text. */
export interface Pair {
  /** PEM file: the certificate, then its issuer. */
  readonly bundleFile: string;
  readonly keyFile: string;
  readonly certificate: string;
  readonly key: string;
}

export interface LeafOptions {
  /** As openssl writes them. Default `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Already expired. */
  readonly expired?: boolean;
}

export interface Authority {
  readonly rootFile: string;
  leaf(name: string, options?: LeafOptions): Pair;
}

export interface Certificates {
  readonly directory: string;
  authority(name: string): Authority;
  /** An authority whose root there is already, with its key. */
  existingAuthority(name: string, rootFile: string, rootKey: string): Authority;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  return {
    directory,
    authority: (name) => makeAuthority(directory, name),
    existingAuthority: (name, rootFile, rootKey) => authorityOf(directory, name, rootFile, rootKey),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** Puts a leaf and its root below a project root, where agents that enrol get them from. */
export function writeTlsBundle(root: string): void {
  const certificates = makeCertificates();
  const folder = join(root, 'Certificates', 'Server');
  mkdirSync(folder, { recursive: true });
  copyFileSync(certificates.authority('root').leaf('server').bundleFile, join(folder, 'borealis-server-bundle.pem'));
  certificates.remove();
}

function makeAuthority(directory: string, name: string): Authority {
  const at = (file: string): string => join(directory, `${name}-${file}`);
  const rootFile = at('root.pem');
  const rootKey = at('root.key');
  openssl(['req', '-x509', ...NEW_KEY, '-keyout', rootKey, '-out', rootFile, '-days', '2', '-subj', `/CN=${name}`]);
  return authorityOf(directory, name, rootFile, rootKey);
}

function authorityOf(directory: string, name: string, rootFile: string, rootKey: string): Authority {
  const at = (file: string): string => join(directory, `${name}-${file}`);
  return {
    rootFile,
    leaf: (leaf, { names = 'DNS:localhost,IP:127.0.0.1', expired = false } = {}) => {
      const keyFile = at(`${leaf}.key`);
      const request = at(`${leaf}.csr`);
      const certificateFile = at(`${leaf}.crt`);
      const extensions = at(`${leaf}.ext`);
      writeFileSync(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      openssl(['req', ...NEW_KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${leaf}`]);
      const issuer = ['-CA', rootFile, '-CAkey', rootKey, '-CAcreateserial', '-extfile', extensions];
      // A lifetime of minus one day ends before now.
      openssl(['x509', '-req', '-in', request, '-out', certificateFile, ...issuer, '-days', expired ? '-1' : '2']);
      const bundleFile = at(`${leaf}-bundle.pem`);
      const certificate = readFileSync(certificateFile, 'utf8');
      writeFileSync(bundleFile, certificate + readFileSync(rootFile, 'utf8'));
      return { bundleFile, keyFile, certificate, key: readFileSync(keyFile, 'utf8') };
    },
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: 'pipe' });
}
