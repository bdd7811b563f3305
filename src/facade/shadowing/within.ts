import { EffectsError } from '../../legacy-bridge/effects/effects-error.js';

/** @returns undefined when the snapshot, or what else is waited for, can't be had, or not in time */
export async function within<T>(opening: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    if (error instanceof EffectsError) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
