/** The zone of this process, which is the server's, as it is the legacy's. */
import type { Zone } from '../../domain/scheduling/zone.js';

export const systemZone: Zone = {
  offsetAt: (moment) => new Date(moment * 1000).getTimezoneOffset() * -60,
};
