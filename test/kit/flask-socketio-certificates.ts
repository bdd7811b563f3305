/** A root and leaves under it, made by openssl, for a server that is trusted by a file. */
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertificates {
  /** PEM file of the root. */
  readonly root: string;
  /** A leaf (bundle with the root) and its key, for these subject alternative names, such as `DNS:localhost`. */
  leaf(name: string, alternativeNames: string): Promise<{ certificate: string; key: string; sha256: string }>;
  remove(): Promise<void>;
}

export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'sockets-tls-'));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes'];
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  await openssl(
    'req',
    '-x509',
    ...ec,
    '-subj',
    '/CN=Test Root',
    '-days',
    '30',
    ...ca,
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
  );
  return {
    root: at('root.pem'),
    leaf: async (name, alternativeNames) => {
      await openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      await writeFile(at(`${name}.ext`), `subjectAltName=${alternativeNames}\nextendedKeyUsage=serverAuth\n`);
      const signer = [
        '-CA',
        'root.pem',
        '-CAkey',
        'root.key',
        '-CAcreateserial',
        '-days',
        '20',
        '-extfile',
        `${name}.ext`,
      ];
      await openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.pem`);
      const leaf = await readFile(at(`${name}.pem`));
      await writeFile(at(`${name}.bundle.pem`), Buffer.concat([leaf, await readFile(at('root.pem'))]));
      const sha256 = createHash('sha256').update(new X509Certificate(leaf).raw).digest('hex');
      return { certificate: at(`${name}.bundle.pem`), key: at(`${name}.key`), sha256 };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
