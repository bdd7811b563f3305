import assert from 'node:assert/strict';
import { UnableRoutes } from '../../../src/facade/shadowing/unable-routes.js';
import { recordingLog, silentLog } from '../../kit/silent-log.js';

describe('UnableRoutes', () => {
  const get = (path: string, row = 'row') => ({ row, method: 'GET', path });

  it('keeps the reason by row, method and rule, whatever the parameters', () => {
    const log = recordingLog();
    const unable = new UnableRoutes(log);
    unable.note(get('/api/devices/one'), 'engine_not_dry_runnable', 'it calls out');
    unable.note(get('/api/devices/two'), 'engine_not_dry_runnable', 'it calls out');
    assert.equal(unable.reasonFor(get('/api/devices/three')), 'engine_not_dry_runnable');
    assert.equal(unable.reasonFor({ ...get('/api/devices/one'), method: 'PUT' }), undefined);
    assert.equal(unable.reasonFor(get('/api/devices')), undefined);
    assert.equal(unable.reasonFor(get('/api/devices/one', 'other')), undefined);
    assert.deepEqual([...unable.all()], [['row', 'GET /api/devices/:guid: it calls out']]);
    assert.equal(log.entries.length, 1);
  });

  it('does not end a row that takes all paths with one of them', () => {
    const unable = new UnableRoutes(silentLog);
    unable.note(get('/assets/gone.js', 'spa'), 'engine_not_served', 'not_served');
    unable.note({ ...get('/odd'), method: 'BREW' }, 'engine_not_served', 'not_served');
    assert.equal(unable.reasonFor(get('/assets/gone.js', 'spa')), 'engine_not_served');
    assert.equal(unable.reasonFor(get('/assets/there.js', 'spa')), undefined);
    assert.equal(unable.all().get('spa'), 'GET other paths: not_served');
  });

  it('is bounded, however many paths clients ask for', () => {
    const unable = new UnableRoutes(silentLog);
    for (let nth = 0; nth < 2000; nth += 1) unable.note(get(`/x/${nth}`), 'engine_not_served', `${nth}`);
    assert.equal(unable.reasonFor(get('/x/999')), 'engine_not_served');
    assert.equal(unable.reasonFor(get('/x/1000')), undefined);
    assert.match(unable.all().get('row') ?? '', /; and 995 more$/);
  });

  it('forgets all when another engine starts', () => {
    const unable = new UnableRoutes(silentLog);
    unable.note(get('/x'), 'engine_not_served', 'not_served');
    unable.reset();
    assert.equal(unable.reasonFor(get('/x')), undefined);
    assert.equal(unable.all().size, 0);
  });
});
