/** Documents are read as the legacy's recorded ones were: what each file was made of, and what the legacy then loaded. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAssembly } from '../../../src/engine/builders/assembly-document.js';
import { paritySuite } from '../../kit/parity.js';
import { shownAssembly, storedAssembly } from '../../kit/stored-assembly.js';

interface Step {
  readonly step: string;
  readonly status: number;
  readonly request: { readonly path?: string; readonly json?: Readonly<Record<string, unknown>> };
  readonly body: Readonly<Record<string, unknown>>;
}

describe('assembly documents', () => {
  for (const scenario of ['assembly-script-documents', 'assembly-script-fields'])
    it(`read as in ${scenario}`, async () => {
      const { steps } = JSON.parse(await readFile(join(paritySuite, 'recordings', `${scenario}.json`), 'utf8')) as {
        steps: Step[];
      };
      const made = new Map<string, Buffer>();
      let read = 0;
      for (const { status, request, body, step } of steps) {
        const { json, path = '' } = request;
        if (status !== 200) continue;
        const target = String(body.rel_path ?? '');
        if (path.endsWith('/create') && json?.kind === 'file' && json.island === 'scripts')
          made.set(target, storedAssembly(json.content, target.replace(/^.*\/|\.json$/g, ''), String(json.type ?? '')));
        if (!path.includes('/load?')) continue;
        const file = new URLSearchParams(path.split('?')[1]).get('path') ?? '';
        const bytes = made.get(file);
        if (bytes === undefined) continue;
        read += 1;
        const document = readAssembly(bytes, file.replace(/^.*\//, ''), 'powershell');
        assert.deepEqual(shownAssembly(document), body.assembly, step);
      }
      assert.ok(read >= 15, `${read} documents`);
    });

  it('a broken or empty file has the defaults, and says plain', () => {
    for (const text of ['', '{', '[1]', 'null', '5']) {
      const document = readAssembly(Buffer.from(text), 'My File.json', 'powershell');
      assert.deepEqual(
        [document.name, document.type, document.script, document.scriptEncoding, document.timeoutSeconds],
        ['My File', 'powershell', '', 'plain', 3600n],
      );
    }
  });

  it('any other file is the script itself', () => {
    const document = readAssembly(Buffer.from('a\r\nb\xff', 'latin1'), '.profile.ps1', 'powershell');
    assert.deepEqual([document.name, document.script, document.scriptEncoding], ['.profile', 'a\nb\ufffd', undefined]);
  });
});
