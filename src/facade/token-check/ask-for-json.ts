/** A question to a side whose answer is an object in JSON. */
import { askSide, reasonOf, type SideQuestion } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';

export interface JsonAnswer {
  readonly status: number;
  /** The object; `{}` for any other answer. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** @returns why the side could not be asked, in words, when it could not */
export async function askForJson(side: SideTarget, question: SideQuestion): Promise<JsonAnswer | string> {
  try {
    const { status, text } = await askSide(side, question);
    return { status, body: objectOf(text) };
  } catch (error) {
    return reasonOf(error);
  }
}

function objectOf(text: string): JsonAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonAnswer['body']) : {};
  } catch {
    return {}; // A page of a framework or of something in between: its status tells enough.
  }
}
