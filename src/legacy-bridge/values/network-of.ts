/** What counts as one place where addresses are counted. Pure. */
import { isIPv6 } from 'node:net';

/**
 * One customer has a whole /64 of IPv6 addresses; counting each by itself would limit nobody.
 *
 * @returns the network of an IPv6 address, anything else as it is
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [
    ...groups,
    ...Array<string>(Math.max(0, missing)).fill('0'),
    ...(tail === undefined ? [] : tail.split(':')),
  ];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
