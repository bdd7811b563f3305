/** Reads a whole table: every field by its form. What fields mean together is the validators' business. */
import { SIDES } from '../side.js';
import { isJobId, SCHEDULER } from './background-tasks.js';
import { FieldReader, type RawField, type RawFields } from './field-reader.js';
import type { ProblemList } from './problem-list.js';
import { CALLERS_FIELDS, readCallers, readProfile } from './read-access.js';
import { readEvidence } from './read-evidence.js';
import { readMatches } from './read-match.js';
import { readSockets } from './read-sockets.js';
import { readStaged, STAGED_FIELDS } from './read-staged.js';
import type {
  BackgroundConfig,
  DefaultsConfig,
  GroupConfig,
  JobConfig,
  RouteConfig,
  TableConfig,
} from './table-config.js';
import type { TableDocument } from './table-document.js';

/** Ids are metric labels and words of the command line. */
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MAX_ID_LENGTH = 64;
/** Stages that rows have and tasks can not have. */
const COMPARING_STAGES = ['shadow', 'verify'] as const;

/** @returns what could be read; fields that could not are left out, and the problems say so */
export function readTable(document: TableDocument, problems: ProblemList): TableConfig {
  const reader = new FieldReader(document, problems);
  const root: RawField = { node: document.document.contents, line: 1, field: '' };
  const known = {
    version: true,
    profile: true,
    defaults: true,
    groups: true,
    routes: true,
    sockets: true,
    background: true,
  } as const;
  const fields: RawFields = reader.record(root, known)?.fields ?? new Map();
  readVersion(reader, fields.get('version') ?? { ...root, node: undefined, field: 'version' });
  const read = <T>(name: string, use: (raw: RawField) => T | undefined): T | undefined => {
    const raw = fields.get(name);
    return raw === undefined ? undefined : use(raw);
  };
  return {
    profile: read('profile', (raw) => readProfile(reader, raw)),
    defaults: read('defaults', (raw) => readDefaults(reader, raw)),
    groups: read('groups', (raw) => readGroups(reader, raw)) ?? [],
    routes: read('routes', (raw) => reader.list(raw)?.flatMap((row) => readRoute(reader, row) ?? [])) ?? [],
    sockets: read('sockets', (raw) => readSockets(reader, raw)),
    background: read('background', (raw) => readBackground(reader, raw)) ?? [],
  };
}

function readVersion(reader: FieldReader, raw: RawField): void {
  reader.number(raw, 'version: 1', (value) => value === 1);
}

function readDefaults(reader: FieldReader, raw: RawField): DefaultsConfig | undefined {
  const read = reader.record(raw, {
    ...STAGED_FIELDS,
    ...CALLERS_FIELDS,
    requires: 'expected requirements at rows and groups',
  });
  if (read === undefined) return undefined;
  return {
    ...{ node: read.node, line: raw.line, field: raw.field },
    ...readStaged(reader, read.fields),
    ...readCallers(reader, read.fields),
    requires: [],
  };
}

function readGroups(reader: FieldReader, raw: RawField): readonly GroupConfig[] {
  return [...(reader.map(raw)?.fields ?? [])].flatMap(([id, entry]) => {
    checkId(reader, entry, id);
    const read = reader.record(entry, { ...STAGED_FIELDS, note: true });
    if (read === undefined) return [];
    if (!read.fields.has('stage')) reader.problems.add(entry, 'expected a stage');
    readNote(reader, read.fields);
    return [{ id, node: read.node, line: entry.line, field: entry.field, ...readStaged(reader, read.fields) }];
  });
}

function readRoute(reader: FieldReader, row: RawField): RouteConfig | undefined {
  const known = {
    id: true,
    match: true,
    group: true,
    ...STAGED_FIELDS,
    note: true,
    ...CALLERS_FIELDS,
  } as const;
  const read = reader.record(row, known);
  if (read === undefined) return undefined;
  const { node, fields } = read;
  const missing = (name: string): RawField => ({ ...row, node: undefined, field: `${row.field}.${name}` });
  const rawId = fields.get('id') ?? missing('id');
  const id = reader.text(rawId, 'an id');
  if (id !== undefined) checkId(reader, rawId, id);
  const matches = readMatches(reader, fields.get('match') ?? missing('match'));
  readNote(reader, fields);
  const group = readGroupOfRow(reader, fields, row);
  return {
    ...{ id: id ?? '', node, line: row.line, field: row.field, group, matches },
    ...readStaged(reader, fields),
    ...readCallers(reader, fields),
  };
}

function readGroupOfRow(reader: FieldReader, fields: RawFields, row: RawField): RouteConfig['group'] {
  const raw = fields.get('group');
  if (raw === undefined && !fields.has('stage')) reader.problems.add(row, 'expected a stage or a group');
  const value = raw === undefined ? undefined : reader.text(raw, 'the id of a group');
  return raw === undefined || value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}

function readNote(reader: FieldReader, fields: RawFields): void {
  const raw = fields.get('note');
  if (raw !== undefined) reader.text(raw);
}

function readBackground(reader: FieldReader, raw: RawField): readonly BackgroundConfig[] {
  return [...(reader.map(raw)?.fields ?? [])].flatMap(([name, entry]) => {
    const fields = reader.record(entry, name === SCHEDULER ? SCHEDULER_FIELDS : TASK_FIELDS)?.fields;
    if (fields === undefined) return [];
    readNote(reader, fields);
    const rawOwner = fields.get('owner') ?? { ...entry, node: undefined, field: `${entry.field}.owner` };
    if (COMPARING_STAGES.some((stage) => reader.isText(rawOwner, stage))) {
      reader.problems.add(rawOwner, 'expected legacy or engine: only one of the two may do the work of a task');
      return [];
    }
    const owner = reader.oneOf(rawOwner, SIDES);
    if (owner === undefined) return [];
    const rawJobs = fields.get('jobs');
    const jobs = rawJobs === undefined ? [] : readJobs(reader, rawJobs);
    const evidence = readEvidence(reader, fields);
    return [{ name, owner, jobs, evidence, line: rawOwner.line, field: rawOwner.field }];
  });
}

const TASK_FIELDS = { owner: true, note: true } as const;
const SCHEDULER_FIELDS: Readonly<Record<string, string | true>> = {
  owner: true,
  jobs: true,
  note: true,
  sample: true,
  gate: true,
  compare: 'expected no rules: differences of the schedulers fall under a fault that is mended, or count',
  guard: 'expected no guard: it watches requests and events, and of the scheduler sees neither',
};

function readJobs(reader: FieldReader, raw: RawField): readonly JobConfig[] {
  return [...(reader.map(raw)?.fields ?? [])].flatMap(([id, entry]) => {
    if (!isJobId(id)) {
      reader.problems.add(entry, `expected the id of a job, such as 12 (found ${JSON.stringify(id)})`);
      return [];
    }
    const owner = reader.oneOf(entry, SIDES);
    return owner === undefined ? [] : [{ id, owner, line: entry.line, field: entry.field }];
  });
}

function checkId(reader: FieldReader, place: RawField, id: string): void {
  if (!ID.test(id) || id.length > MAX_ID_LENGTH)
    reader.problems.add(
      place,
      `expected an id of lower-case letters, digits and single hyphens, at most ${MAX_ID_LENGTH} (found ${JSON.stringify(id)})`,
    );
}
