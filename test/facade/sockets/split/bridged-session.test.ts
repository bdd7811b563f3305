import assert from 'node:assert/strict';
import { BridgedSession } from '../../../../src/facade/sockets/split/bridged-session.js';
import type { ClientConnection } from '../../../../src/facade/sockets/split/client-server.js';
import type { LegacySession } from '../../../../src/facade/sockets/split/legacy-session.js';
import { DEFAULT_SPLIT_SETTINGS } from '../../../../src/facade/sockets/split/split-settings.js';
import { silentLog } from '../../../kit/silent-log.js';

/** Either connection: takes all, says nothing. */
const CONNECTION = { send: () => undefined, close: () => undefined, waitingBytes: 0 };

describe('a bridged session', () => {
  it('gives its place among those who join back when it ends', () => {
    let joining = 0;
    const session = new BridgedSession(
      's',
      { address: '10.0.0.1', target: '/socket.io/', headers: {}, secure: false },
      CONNECTION as unknown as LegacySession,
      CONNECTION as unknown as ClientConnection,
      {
        table: () => ({ sockets: { stage: 'split', relay: true, events: new Map() } }),
        link: { event: () => true, joined: () => {}, left: () => {}, opened: () => {}, ended: () => {} },
        settings: DEFAULT_SPLIT_SETTINGS,
        gate: {
          join: () => {
            joining += 1;
            return () => {
              joining -= 1;
            };
          },
        },
        metrics: { eventHandled: () => {}, socketLinkChanged: () => {} },
        shadow: () => undefined,
        overhear: () => undefined,
        log: silentLog,
        clock: { now: () => 0, after: () => () => {} },
      },
      () => {},
    );
    session.fromClient('0');
    assert.equal(joining, 1);
    session.end('client-closed');
    assert.equal(joining, 0);
  });
});
