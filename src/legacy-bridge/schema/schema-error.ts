/** A database that can't be brought to the shared schema without losing something. */
export class SchemaError extends Error {
  readonly code = 'schema_not_migratable';

  constructor(problem: string) {
    super(problem);
    this.name = 'SchemaError';
  }
}
