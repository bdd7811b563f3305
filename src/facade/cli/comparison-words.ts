/** Shares and times as the commands on comparisons write them. Pure. */

/** Never rounds up to a full 100 %: that would say that nothing differs. */
export function percentOf(share: number): string {
  const percent = share * 100;
  if (percent === 100 || percent === 0) return `${percent} %`;
  const digits = percent > 99 ? Math.min(8, 1 + Math.max(0, Math.ceil(-Math.log10(100 - percent)))) : 1;
  const factor = 10 ** digits;
  return `${Math.floor(percent * factor) / factor} %`;
}

export function shownMilliseconds(value: number | null): string {
  if (value === null) return '-';
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`;
}
