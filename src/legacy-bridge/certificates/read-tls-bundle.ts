/** Reads the certificate bundle that enrolling agents pin. Never caches: leaves are renewed while servers run. */
import { readFile } from 'node:fs/promises';

/** The bundle's text, read anew; `""` when unreadable, as the legacy answers (agents-http 2). */
export async function readTlsBundle(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
