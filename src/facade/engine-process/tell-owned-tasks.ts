/** Tells the engine, over its own socket, which background tasks are its own. */
import { askSide } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';

/** @throws when it does not answer, or does not take the list */
export async function tellOwnedTasks(engine: SideTarget, owned: readonly string[]): Promise<void> {
  const answer = await askSide(engine, { method: 'PUT', path: '/engine/internal/background', json: { owned } });
  if (answer.status !== 200) throw new Error(`the engine answered ${answer.status}: ${answer.text.trim()}`);
}
