/** Every row and group has an id of its own: flips, metrics and the audit name them by it. */
import type { Place } from '../problem-list.js';
import type { TableValidator } from './table-validator.js';

const RESERVED = ['default', 'sockets', 'profile'];

export const validateIds: TableValidator = ({ groups, routes }, problems) => {
  const seen = new Map<string, Place>();
  for (const entry of [...groups, ...routes]) {
    const first = seen.get(entry.id);
    const place = 'matches' in entry ? { line: entry.line, field: `${entry.field}.id` } : entry;
    if (RESERVED.includes(entry.id)) problems.add(place, `expected another id: ${entry.id} is reserved`);
    else if (first !== undefined)
      problems.add(place, `expected an id of its own (found ${entry.id} on line ${first.line} as well)`);
    else if (entry.id !== '') seen.set(entry.id, entry);
  }
};
