/** A zone of the time zone database by its name, whatever zone the process has. */
import type { Zone } from '../../src/engine/domain/scheduling/zone.js';

const made = new Map<string, Zone>();

export function namedZone(name: string): Zone {
  const known = made.get(name);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const zone: Zone = {
    offsetAt(moment) {
      const parts = format.formatToParts(moment * 1000);
      const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
      const shown = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
      );
      return Math.round(shown / 1000 - moment);
    },
  };
  made.set(name, zone);
  return zone;
}
