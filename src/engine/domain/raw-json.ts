/** JSON that goes out as it came in: digits, order of fields and escapes as their sender wrote them. */
export class RawJson {
  readonly text: string;
  /** What its placeholders stand for, in order of their numbers. */
  readonly attachments: readonly Buffer[];

  constructor(text: string, attachments: readonly Buffer[] = []) {
    this.text = text;
    this.attachments = attachments;
  }
}
