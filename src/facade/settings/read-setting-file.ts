/** Reads a file that a setting names, at the start. */
import { readFileSync } from 'node:fs';
import { SettingsError } from './settings-error.js';

/**
 * @param setting such as `legacy.ca`
 * @throws SettingsError that names setting, file and cause
 */
export function readSettingFile(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SettingsError([`${setting}: ${file} can't be read: ${(error as Error).message}`]);
  }
}
