/** Where the legacy listens, and what its certificate is held to. */
export interface LegacyAddress {
  readonly url: string;
  /** PEM file of the roots; empty: the system's. */
  readonly ca: string;
  /** SHA-256 of the one accepted certificate, hex, colons allowed; empty: verified by root, name and dates. */
  readonly pin: string;
  /** Name that the certificate must carry; empty: the host of `url`. */
  readonly serverName: string;
}
