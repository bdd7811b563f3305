/** Puts the messages of the link together: a JSON text, then as many binary frames as it says. */

export interface LinkMessage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Buffer[];
}

/** Of one message; a packet of Socket.IO has fewer digits. */
const MOST_ATTACHMENTS = 100_000;

/** What is no message of the link. */
export class LinkViolation extends Error {}

export class FrameReader {
  #partial:
    | { readonly fields: LinkMessage['fields']; readonly attachments: Buffer[]; readonly wanted: number }
    | undefined;

  /**
   * @returns a whole message, or undefined while frames are missing
   * @throws LinkViolation
   */
  read(data: Buffer, isBinary: boolean): LinkMessage | undefined {
    if (isBinary) return this.#attach(data);
    if (this.#partial !== undefined) throw new LinkViolation('a text where attachments are missing');
    const fields = fieldsOf(data);
    const wanted = fields.attachments ?? 0;
    if (!Number.isInteger(wanted) || (wanted as number) < 0 || (wanted as number) > MOST_ATTACHMENTS)
      throw new LinkViolation('attachments: a count');
    if (wanted === 0) return { fields, attachments: [] };
    this.#partial = { fields, attachments: [], wanted: wanted as number };
    return undefined;
  }

  #attach(data: Buffer): LinkMessage | undefined {
    if (this.#partial === undefined) throw new LinkViolation('bytes that no text announced');
    const { fields, attachments, wanted } = this.#partial;
    attachments.push(data);
    if (attachments.length < wanted) return undefined;
    this.#partial = undefined;
    return { fields, attachments };
  }
}

function fieldsOf(data: Buffer): LinkMessage['fields'] {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch (error) {
    throw new LinkViolation('a text that is no JSON', { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw new LinkViolation('a text that is no object');
  return value as LinkMessage['fields'];
}
