/** The admin API's operations on comparisons, as data; part of `ADMIN_OPERATIONS`. */
import type { AdminOperation } from './admin-operations.js';
import { madeVersionSchema, versionSchema } from './admin-schemas.js';
import * as schemas from './comparison-schemas.js';
import { integer } from './json-schema.js';

export const COMPARISON_OPERATIONS = {
  listComparisons: {
    method: 'get',
    path: '/comparisons',
    summary: 'What was compared, row by row, and what each row lacks for its next stage.',
    answers: { 200: { description: 'Every row of the table.', schema: schemas.comparisonsSchema } },
    refusals: ['comparisons_unavailable'],
  },
  getEvidence: {
    method: 'get',
    path: '/comparisons/{row}',
    summary: "All of one row's evidence, and the gate's verdict on it.",
    params: { row: schemas.rowId },
    answers: {
      200: { description: 'The evidence in force, and the periods that ended.', schema: schemas.evidenceSchema },
    },
    refusals: ['row_unknown', 'comparisons_unavailable'],
  },
  listMismatches: {
    method: 'get',
    path: '/mismatches',
    summary: 'Mismatches by row and path, with counts, of the periods in force.',
    query: { row: schemas.rowId, path: schemas.path },
    answers: { 200: { description: 'The groups.', schema: schemas.mismatchesSchema } },
    refusals: ['row_unknown', 'comparisons_unavailable'],
  },
  listPairs: {
    method: 'get',
    path: '/pairs',
    summary: 'Comparisons that are kept whole, in short.',
    query: {
      row: schemas.rowId,
      verdict: schemas.verdict,
      path: schemas.path,
      after: integer('Only ids above this one, oldest first.', { minimum: 0 }),
      limit: integer('Most to give. Default 50.', { minimum: 1, maximum: 1000, default: 50 }),
    },
    answers: { 200: { description: 'Kept comparisons.', schema: schemas.pairsSchema } },
    refusals: ['comparisons_unavailable'],
  },
  getPair: {
    method: 'get',
    path: '/pairs/{id}',
    summary: 'One comparison that is kept whole, without secrets.',
    params: { id: integer('Id of the comparison.', { minimum: 1 }) },
    answers: { 200: { description: 'Request, answers, effects, result.', schema: schemas.wholePairSchema } },
    refusals: ['pair_unknown', 'comparisons_unavailable'],
  },
  exportPairs: {
    method: 'get',
    path: '/pair-export',
    summary:
      'Whole comparisons, page by page, of large ones fewer than asked for: ask again with `after` set to the last id until none comes.',
    query: {
      row: schemas.rowId,
      verdict: schemas.verdict,
      path: schemas.path,
      after: integer('Only ids above this one.', { minimum: 0, default: 0 }),
      limit: integer('Most to give. Default 20.', { minimum: 1, maximum: 100, default: 20 }),
    },
    answers: { 200: { description: 'Kept comparisons, whole.', schema: schemas.wholePairsSchema } },
    refusals: ['comparisons_unavailable'],
  },
  replay: {
    method: 'post',
    path: '/replay',
    summary: 'Runs kept mismatches at the engine again, as dry runs, for a minute at most. Changes nothing.',
    body: schemas.replayBodySchema,
    answers: { 200: { description: 'How many are gone.', schema: schemas.replaySchema } },
    refusals: ['row_unknown', 'replay_unavailable', 'replay_running', 'comparisons_unavailable', 'audit_write_failed'],
  },
  ignore: {
    method: 'post',
    path: '/ignore',
    summary: 'Adds an ignore rule to the table. Evidence of the rows concerned begins anew.',
    body: schemas.ignoreBodySchema,
    answers: { 200: { description: 'The new version; it is in force.', schema: versionSchema } },
    refusalsOf: 'table',
  },
  promote: {
    method: 'post',
    path: '/promote',
    summary: 'Moves a row or group to its next stage, if the gate holds for each row.',
    body: schemas.promoteBodySchema,
    answers: { 200: { description: 'The new version; it is in force.', schema: madeVersionSchema } },
    refusals: ['gate_not_met', 'comparisons_unavailable', 'audit_write_failed'],
    refusalsOf: 'table',
  },
} as const satisfies Record<string, AdminOperation>;
