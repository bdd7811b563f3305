/** What the facade itself can sign with, and the accounts in whose name it can ask. */
import type { FacadeAccess } from '../access/open-access.js';

export type TokenMaterial = Pick<FacadeAccess, 'places' | 'secret' | 'accounts'>;
