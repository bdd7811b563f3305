/** Rows of `refresh_tokens`. */

export interface RefreshTokenRow {
  readonly id: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export interface NewRefreshToken {
  readonly id: string;
  /** Spelled as in the device's row. */
  readonly guid: string;
  readonly tokenHash: string;
  /** ISO text; likewise the next. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface RefreshTokenRepository {
  /** The row of exactly this guid and hash (lower-case hex SHA-256 of the token's UTF-8 text). */
  findByGuidAndHash(guid: string, tokenHash: string): Promise<RefreshTokenRow | undefined>;
  /** Whether any agent ever got one here. */
  hasAny(): Promise<boolean>;
  /** @param usedAt ISO text */
  markUsed(id: string, usedAt: string): Promise<void>;
  insert(token: NewRefreshToken): Promise<void>;
  /** All of a guid, in any case, that are not revoked yet. @param revokedAt ISO text */
  revokeAll(guid: string, revokedAt: string): Promise<void>;
  /** Binds the token to the key of a proof, whatever it was bound to. */
  bindToThumbprint(id: string, thumbprint: string): Promise<void>;
}
