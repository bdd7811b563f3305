import type { ProblemList } from '../problem-list.js';
import type { TableConfig } from '../table-config.js';

/** One rule that tables keep. Adds a problem for each breach, and never stops at the first. */
export type TableValidator = (table: TableConfig, problems: ProblemList) => void;
