import assert from 'node:assert/strict';
import { unknownVariables } from '../../../src/facade/settings/unknown-variables.js';

describe('variables of the environment that are no settings', () => {
  it('are told, with the one that may be meant', () => {
    const env = { FACADE_LISTEN_PROT: '1', FACADE_LISTEN_PORT: '1', FACADE_SERVICE_HOST: 'x', PATH: '/bin' };
    assert.deepEqual(unknownVariables(env), [
      'the variable FACADE_LISTEN_PROT is no setting (did you mean FACADE_LISTEN_PORT?)',
      'the variable FACADE_SERVICE_HOST is no setting',
    ]);
    assert.deepEqual(unknownVariables({}), []);
  });
});
