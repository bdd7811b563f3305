import type { EffectsObserverOptions } from '../../legacy-bridge/effects/start-effects-observer.js';
import type { FacadeSettings } from '../settings/settings.js';

/** A dry run is over long before the legacy has answered and the database has been looked through. */
const OBSERVATIONS_PER_DRY_RUN = 4;

/** What settings `shadow` say of the observer of effects. */
export function observerOptions(
  file: string,
  { dryRuns, observer }: Pick<FacadeSettings['shadow'], 'dryRuns' | 'observer'>,
): EffectsObserverOptions {
  const { searchedRows, searchedBytes, corePercent, maxEffectsBytes, maxAgeMs, silenceMs } = observer;
  return {
    file,
    mostOpen: dryRuns * OBSERVATIONS_PER_DRY_RUN,
    maxAgeMs,
    answerMs: silenceMs,
    limits: {
      mostSearchedRows: searchedRows,
      mostSearchedBytes: searchedBytes,
      mostToldBytes: maxEffectsBytes,
      searchShare: corePercent / 100,
    },
  };
}
