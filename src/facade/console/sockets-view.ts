/** Where sockets end, what becomes of events, and the rows of events. */
import type { EventRow, Sockets, Table } from './answers.js';
import { get } from './api.js';
import { type Child, el, localTime, stageChip, table } from './elements.js';
import { flipForm, flipped } from './flip-form.js';
import { openPanel } from './panel.js';

const SOCKET_STAGES = ['legacy', 'split', 'engine'] as const;
const EVENT_STAGES = ['legacy', 'shadow', 'canary', 'engine', 'retired'] as const;

export async function socketsView(refresh: () => void): Promise<readonly Child[]> {
  const [{ sockets }, open] = await Promise.all([get<Table>('/routes'), get<Sockets>('/sockets?limit=200')]);
  const { counts, bridged, link, drain } = open;
  const total = (side: 'legacy' | 'engine') => counts[side].websocket + counts[side].polling;
  return [
    el(
      'div',
      { className: 'tools' },
      stageChip(sockets.stage),
      mover('sockets', sockets.stage, SOCKET_STAGES, refresh),
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
      drain === null ? '' : ` Drain of the ${drain.side}: ${drain.state}, ${drain.closed} of ${drain.total}.`,
    ),
    el('h3', {}, 'Events'),
    table(
      ['Event', 'Stage', 'Both', 'Since the facade started'],
      sockets.events.map((row) => eventRow(row, open, refresh)),
      'The table names no event.',
    ),
    el('h3', {}, 'Connections'),
    table(
      ['Agent', 'Address', 'Side', 'Transport', 'Since', { number: 'Events/s' }],
      open.sockets.map(connectionRow),
      'No socket is open.',
    ),
  ];
}

function eventRow({ id, event, stage, both }: EventRow, { events }: Sockets, refresh: () => void): HTMLElement {
  const outcomes = events
    .filter((one) => one.event === event)
    .map(({ side, outcome, count }) => `${side} ${outcome} ${count}`);
  return el(
    'tr',
    {},
    el('td', {}, mover(id, stage, EVENT_STAGES, refresh, event)),
    el('td', {}, stageChip(stage)),
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

/** A button that opens the form for this target. */
export function mover(
  target: string,
  current: string,
  stages: readonly string[],
  refresh: () => void,
  name = `Move ${target} …`,
): HTMLElement {
  const open = el(
    'button',
    { type: 'button', className: name.endsWith('…') ? '' : 'plain mono', key: `move ${target}` },
    name,
  );
  open.addEventListener('click', () => {
    const form = flipForm({
      ...{ target, stages, current },
      onDone: (version) => {
        openPanel(target, flipped(version));
        refresh();
      },
    });
    openPanel(target, form);
  });
  return open;
}
