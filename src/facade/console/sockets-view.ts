/** Where sockets end, what becomes of events, and the rows of events. */
import type { EventRow, Sockets, Table } from './answers.js';
import { get } from './api.js';
import { type Child, el, localTime, stageChip, table } from './elements.js';
import { mover } from './mover.js';
import { showRow } from './row-panel.js';

const SHOWN = 200;
const SOCKET_STAGES = ['legacy', 'split', 'engine'] as const;

export async function socketsView(refresh: () => void): Promise<readonly Child[]> {
  const [{ sockets }, open] = await Promise.all([get<Table>('/routes'), get<Sockets>(`/sockets?limit=${SHOWN}`)]);
  const { counts, bridged, link, drain } = open;
  const total = (side: 'legacy' | 'engine') => counts[side].websocket + counts[side].polling;
  return [
    el(
      'div',
      { className: 'tools' },
      stageChip(sockets.stage),
      mover({ target: 'sockets', current: sockets.stage, stages: SOCKET_STAGES, refresh }, 'Move sockets …'),
    ),
    el(
      'p',
      {},
      `${total('legacy')} at the legacy (${bridged.websocket + bridged.polling} of them bridged), ${total('engine')} at the engine.`,
      link === null
        ? ''
        : link
          ? ' The packet bridge is linked with the engine.'
          : ' The packet bridge has no link with the engine.',
      drain === null
        ? ''
        : ` Drain of the ${drain.side}: ${drain.state}, ${drain.closed} of ${drain.total} closed, ${drain.gone} gone by themselves.`,
    ),
    el('h2', {}, 'Events'),
    table(
      ['Event', 'Stage', 'Both', 'Since the facade started'],
      sockets.events.map((row) => eventRow(row, open, refresh)),
      'The table names no event.',
    ),
    el('h2', {}, 'Connections'),
    table(
      ['Agent', 'Address', 'Side', 'Transport', 'Since', { number: 'Events/s' }],
      open.sockets.map(connectionRow),
      'No socket is open.',
    ),
    open.sockets.length < SHOWN
      ? undefined
      : el('p', { className: 'quiet' }, `The oldest ${SHOWN} are shown; for more: facade sockets --limit N.`),
  ];
}

function eventRow({ id, event, stage, canary, both }: EventRow, { events }: Sockets, refresh: () => void): HTMLElement {
  const outcomes = events
    .filter((one) => one.event === event)
    .map(({ side, outcome, count }) => `${side} ${outcome} ${count}`);
  const open = el('button', { type: 'button', className: 'plain mono', key: `row ${id}` }, event);
  open.addEventListener('click', () => void showRow(id, refresh));
  return el(
    'tr',
    {},
    el('td', {}, open),
    el('td', {}, stageChip(stage, canary === null ? '' : ` ${canary.percent} % by ${canary.by}`)),
    el('td', {}, both ? 'yes' : ''),
    el('td', { className: 'quiet' }, outcomes.join(', ')),
  );
}

function connectionRow({
  agentId,
  agentGuid,
  address,
  side,
  bridged,
  transport,
  openedAt,
  eventsPerSecond,
}: Sockets['sockets'][number]): HTMLElement {
  return el(
    'tr',
    {},
    el('td', { className: 'mono' }, agentId ?? agentGuid ?? ''),
    el('td', { className: 'mono' }, address),
    el('td', {}, bridged === true ? `${side}, bridged` : side),
    el('td', {}, transport),
    el('td', {}, localTime(openedAt)),
    el('td', { className: 'number' }, eventsPerSecond?.toFixed(1)),
  );
}
