/** The fleet's report for a person. Pure. */
import { type FleetReport, faultsOf, type Times } from './fleet-record.js';

export function writeFleetReport(report: FleetReport): string {
  const lines: readonly (readonly [string, string])[] = [
    ['connected', `${report.connected} of ${report.agents}`],
    ['dialled', times(report.dialled, `${report.dialsFailed} failed`)],
    ['40 answered', times(report.joined, `${report.joinedLate} later than an agent waits`)],
    ['events sent', String(report.sent)],
    [
      'acknowledged',
      times(
        report.acknowledged,
        `${report.cutOff} cut off, ${report.acksLost} lost, ${report.acksOutOfOrder} out of order`,
      ),
    ],
    ['jobs', `${report.jobs}, ${report.jobsTwice} twice`],
    ['ended', counts(report.ended)],
    ['returned after', times(report.returned, '')],
    ['lost for good', counts(report.lost)],
    ...(Object.keys(report.python).length === 0
      ? []
      : ([['python agents', `${counts(report.python)}; ${report.pythonLost} fatal`]] as const)),
  ];
  const faults = faultsOf(report);
  return [
    ...lines.map(([name, text]) => `${name.padEnd(15)} ${text}`),
    ...(faults.length === 0 ? ['all well'] : faults.map((fault) => `FAULT           ${fault}`)),
    '',
  ].join('\n');
}

function times({ count, p50, p99, worst }: Times, rest: string): string {
  const shown = count === 0 ? '0' : `${count}, p50 ${p50} ms, p99 ${p99} ms, worst ${worst} ms`;
  return rest === '' ? shown : `${shown}; ${rest}`;
}

function counts(by: Readonly<Record<string, number>>): string {
  const entries = Object.entries(by);
  return entries.length === 0 ? 'none' : entries.map(([what, count]) => `${what} ${count}`).join(', ');
}
