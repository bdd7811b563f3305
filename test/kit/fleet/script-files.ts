/** Scripts and playbooks on disk before a fleet's day: with variables and without, as documents and as plain files, and one that no machine runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const VARIABLES = [
  { name: 'NAME', type: 'string', default: "O'Brien" },
  { name: 'loud', type: 'boolean', default: 'yes' },
  { name: 'Count', type: 'number', default: 1.5 },
];
const FILES: Readonly<Record<string, unknown>> = {
  'Scripts/Plain.json': { name: 'Plain one', type: 'powershell', script: 'Get-Date;\r\nexit 0' },
  'Scripts/Größe/Vars.json': { name: ' Vars ', script: 'Write-Host "$env:NAME $env:{loud}";', variables: VARIABLES },
  'Scripts/Blank.json': { name: '  ', script: '' },
  'Scripts/broken.json': '{"name": ',
  'Scripts/raw.ps1': 'Get-Process;\n',
  'Ansible_Playbooks/web/site.json': { name: 'Site', script: '- hosts: all\r\n', variables: VARIABLES },
  'Ansible_Playbooks/old.yml': '- hosts: x\n',
  'Scripts/shell.json': { name: 'Shell', type: 'bash', script: 'ls -l;' },
};

export const NOT_RUNNABLE = 'Scripts/shell.json';
export const RUNNABLE = Object.keys(FILES).filter((path) => path.startsWith('Scripts/') && path !== NOT_RUNNABLE);
/** Below their own folder. */
export const PLAYBOOKS = ['web/site.json', 'old.yml'] as const;

/** @param folder of all assemblies; made when missing */
export function writeScripts(folder: string): void {
  for (const [path, content] of Object.entries(FILES)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}
