/**
 * The files of assemblies on disk, read anew each time as the legacy reads them. Nothing outside of the islands' own folders is
 * ever opened, whatever a path says and wherever links lead.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { readAssembly } from '../../builders/assembly-document.js';
import type { AssemblyDocument } from '../../domain/assemblies/assembly-document.js';

export interface FoundAssembly {
  /** Name of the file, extension included. */
  readonly fileName: string;
  /** Its path, without links. */
  readonly file: string;
  readonly document: AssemblyDocument;
}

const SCRIPTS = 'Scripts';
const PLAYBOOKS = 'Ansible_Playbooks';

export class AssemblyFiles {
  readonly #root: string;

  /** @param root the folder with one folder for each island; need not exist */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  /**
   * @param path below the root, as a caller sent it: its first part has to be `Scripts`, backslashes are characters
   * @returns undefined when there is no such file, or none there
   */
  async findScript(path: string): Promise<FoundAssembly | undefined> {
    const [first] = path.replace(/^[/\\]+/, '').split(/[/\\]/, 1);
    if (first !== SCRIPTS) return undefined;
    return await this.#find(SCRIPTS, resolve(this.#root, path), 'powershell');
  }

  /** Whether a path stays below the playbooks' folder, as it is written; what is there plays no part. */
  isPlaybookPath(path: string): boolean {
    const folder = join(this.#root, PLAYBOOKS);
    const file = resolve(folder, path);
    return file === folder || file.startsWith(folder + sep);
  }

  /** @param path below the playbooks' folder, parted by slashes */
  async findPlaybook(path: string): Promise<FoundAssembly | undefined> {
    return await this.#find(PLAYBOOKS, resolve(this.#root, PLAYBOOKS, path), 'ansible');
  }

  async #find(island: string, file: string, defaultType: 'powershell' | 'ansible'): Promise<FoundAssembly | undefined> {
    const folder = join(this.#root, island);
    if (file.includes('\0') || !file.startsWith(folder + sep)) return undefined;
    try {
      const [realFile, realFolder] = await Promise.all([realpath(file), realpath(folder)]);
      if (!realFile.startsWith(realFolder + sep) || !(await stat(realFile)).isFile()) return undefined;
      const fileName = basename(file);
      return { fileName, file: realFile, document: readAssembly(await readFile(realFile), fileName, defaultType) };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }
}

/** A name that is too long, or below a file, names nothing either. */
function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP';
}
