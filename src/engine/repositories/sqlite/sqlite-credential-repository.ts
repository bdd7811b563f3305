/** `credentials` in SQLite. */
import type { Credential, SealedSecret } from '../../domain/credential.js';
import type { CredentialRepository } from '../credential-repository.js';
import { integerCell, textCell } from './cells.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

const FIND = `
  SELECT id, connection_type, username, password_encrypted, private_key_encrypted, become_method, become_username,
    become_password_encrypted
  FROM credentials WHERE id = ?`;

export class SqliteCredentialRepository implements CredentialRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async find(id: bigint): Promise<Credential | undefined> {
    const [cells] = this.#connection.cells(FIND, id);
    return cells === undefined ? undefined : credentialOf(cells);
  }
}

function credentialOf(cells: readonly SqlValue[]): Credential {
  const [id, connection, username, password, privateKey, becomeMethod, becomeUsername, becomePassword] = cells;
  return {
    id: integerCell(id) ?? 0n,
    connection: textCell(connection).toLowerCase() || 'ssh',
    username: textCell(username),
    password: sealedCell(password),
    privateKey: sealedCell(privateKey),
    becomeMethod: textCell(becomeMethod),
    becomeUsername: textCell(becomeUsername),
    becomePassword: sealedCell(becomePassword),
  };
}

function sealedCell(cell: SqlValue | undefined): SealedSecret {
  if (cell === null || cell === undefined || Buffer.isBuffer(cell)) return cell ?? null;
  return String(cell);
}
