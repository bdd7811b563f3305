/**
 * Mints on one side and verifies on the other, both ways: what `facade check --tokens` tells, and what is asked before rows
 * that carry tokens move. Writes nothing, counts against no limit, and sends no token that lets anybody in where he is not.
 */
import type { SideTarget } from '../forwarding/side-target.js';
import { engineTokenAtLegacy, sharedKeyTokenAt } from './access-tokens.js';
import { engineFitness, sharedFiles } from './engine-files.js';
import { operatorTokensAtEngine, operatorTokensAtLegacy } from './operator-tokens.js';
import { fine, type TokenFinding, unknown } from './token-finding.js';
import type { TokenMaterial } from './token-material.js';

export interface TokenCheckOptions {
  readonly legacy: SideTarget;
  /** Undefined when there is none to be asked. */
  readonly engine: SideTarget | undefined;
  readonly material: TokenMaterial;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** All of it, in the order in which it is told. */
export async function checkTokens(options: TokenCheckOptions): Promise<readonly TokenFinding[]> {
  return [...(await accessTokens(options)), ...(await operatorTokens(options))];
}

/** Of agents. Ends at the first thing that makes the rest meaningless: an engine that can't be asked, or is not fit. */
export async function accessTokens(options: TokenCheckOptions): Promise<readonly TokenFinding[]> {
  const { legacy, engine, material, now } = options;
  const seconds = Math.floor(now() / 1000);
  const atLegacy = sharedKeyTokenAt(legacy, material, seconds);
  if (engine === undefined) return [noEngine('access tokens'), await atLegacy];
  const fitness = await engineFitness(engine);
  if ('level' in fitness && fitness.level === 'problem') return [fitness, await atLegacy];
  const told = 'level' in fitness ? [fitness] : [fine('the engine says that it is fit for agents')];
  const files = 'level' in fitness || material.places === undefined ? [] : await sharedFiles(fitness, material.places);
  const minted = 'level' in fitness ? [] : [await engineTokenAtLegacy({ engine, legacy })];
  return [...told, ...minted, ...files, await atLegacy, await sharedKeyTokenAt(engine, material, seconds)];
}

/** Of operators. */
export async function operatorTokens(options: TokenCheckOptions): Promise<readonly TokenFinding[]> {
  const { legacy, engine, material, now } = options;
  const seconds = Math.floor(now() / 1000);
  return [
    ...(await operatorTokensAtLegacy(legacy, material, seconds)),
    ...(engine === undefined ? [noEngine('operators')] : await operatorTokensAtEngine(engine, material, seconds)),
  ];
}

/** The first thing wrong, as a clause; undefined when nothing is known to be. */
export function firstProblem(findings: readonly TokenFinding[]): string | undefined {
  return findings.find(({ level }) => level === 'problem')?.message;
}

function noEngine(what: string): TokenFinding {
  return unknown(`no engine was asked about ${what}`, 'Ask while the facade runs, so that its engine can be asked.');
}
