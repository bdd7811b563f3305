/** Kinds of settings besides those that convict knows. Imported for its effect: convict keeps formats by name. */
import convict from 'convict';

/** A list written as YAML list, or as comma-separated text in environment and flags. */
convict.addFormat({
  name: 'text-list',
  coerce: (value: unknown) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value,
  validate: (value: unknown) => {
    if (!Array.isArray(value) || value.some((part) => typeof part !== 'string'))
      throw new Error('must be a list of texts');
  },
});

/** Milliseconds: a whole number, 0 or more. */
convict.addFormat({
  name: 'milliseconds',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new Error('must be a whole number of milliseconds, 0 or more');
  },
});

/** A count of things: a whole number, 1 or more. */
convict.addFormat({
  name: 'count',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Error('must be a whole number, 1 or more');
  },
});

/** A limit on things: a whole number; 0 means none. */
convict.addFormat({
  name: 'limit',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error('must be a whole number, 0 or more');
  },
});

/** A share: 0 to 100, decimals allowed. */
convict.addFormat({
  name: 'percentage',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw new Error('must be a number from 0 to 100');
  },
});

/** An absolute http or https URL without a path. */
convict.addFormat({
  name: 'origin',
  validate: (value: unknown) => {
    if (value === '') return;
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || (url.pathname !== '/' && url.pathname !== ''))
      throw new Error('must be an http:// or https:// address without a path, such as http://127.0.0.1:5001');
  },
});
