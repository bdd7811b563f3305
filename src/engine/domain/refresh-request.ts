/** What an agent asks for when it refreshes, checked for form. */
export interface RefreshRequest {
  /** Spelled as the agent spells it: rows and tokens compare exactly. */
  readonly guid: string;
  readonly refreshToken: string;
  /** The access token that agents send along, usually about to expire. Never judged, see `signedElsewhere`. */
  readonly lastAccessToken: string | undefined;
  /** Present when the request carries a `DPoP` header that is not empty. */
  readonly proof: ProofToCheck | undefined;
}

/** A DPoP proof with what it has to agree with. */
export interface ProofToCheck {
  readonly jws: string;
  readonly method: string;
  /** Full URL as the client sees it, query included. */
  readonly url: string;
}
