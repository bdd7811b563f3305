/** Python's `base64.b64decode` with validation, as enrolment reads nonces, proofs and keys (agents-http 1.3). */

const FORM = /^([A-Za-z0-9+/]*)(=*)$/;

/**
 * The standard alphabet, padded; no white space, nothing after the padding. Loose bits in the last character are let pass, and
 * so is any padding after complete groups of four. The empty text is no bytes.
 * @returns undefined for any other text
 */
export function strictBase64(text: string): Buffer | undefined {
  const [, digits, padding] = FORM.exec(text) ?? [];
  if (digits === undefined || padding === undefined || !fits(digits.length, padding.length)) return undefined;
  return Buffer.from(digits, 'base64');
}

function fits(digits: number, padding: number): boolean {
  switch (digits % 4) {
    case 0:
      return digits > 0 || padding === 0;
    case 1:
      return false;
    default:
      return padding === 4 - (digits % 4);
  }
}
