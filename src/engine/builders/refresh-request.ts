/** Builds a refresh request from what came over HTTP (agents-http 4, checks 1 and 2). */
import { EngineError } from '../domain/engine-error.js';
import type { RefreshRequest } from '../domain/refresh-request.js';
import { forcedObject, trimmedTextField } from './json-object.js';
import { buildProofToCheck, type ProofSurroundings } from './proof-to-check.js';

export interface RefreshSurroundings extends ProofSurroundings {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `DPoP` header. */
  readonly proof: string | string[] | undefined;
}

/** @throws EngineError `invalid_request` */
export function buildRefreshRequest(body: Buffer, surroundings: RefreshSurroundings): RefreshRequest {
  const { authorization, proof } = surroundings;
  const object = forcedObject(body);
  const guid = trimmedTextField(object, 'guid');
  const refreshToken = trimmedTextField(object, 'refresh_token');
  if (guid === '' || refreshToken === '') throw new EngineError('invalid_request');
  const lastAccessToken = authorization?.startsWith('Bearer ')
    ? authorization.slice('Bearer '.length).trim()
    : undefined;
  return { guid, refreshToken, lastAccessToken, proof: buildProofToCheck(proof, surroundings) };
}
