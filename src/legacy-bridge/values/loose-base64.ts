/** Python's `base64.b64decode` without validation: what is outside the alphabet is skipped, the length has to fit. */

/** @returns undefined where Python raises: digits or padding missing */
export function looseBase64(text: string): Buffer | undefined {
  const [, digits = '', padding = ''] = /^([A-Za-z0-9+/]*)(=*)/.exec(text.replace(/[^A-Za-z0-9+/=]/g, '')) ?? [];
  const missing = (4 - (digits.length % 4)) % 4;
  if (missing === 3 || padding.length < missing) return undefined;
  return Buffer.from(digits, 'base64');
}
