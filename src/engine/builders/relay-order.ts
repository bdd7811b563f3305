/** Builds what the facade orders of the relay to the legacy. */
import { RELAY_MODES, type RelayOrder } from '../../legacy-bridge/realtime/relay-protocol.js';
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';

/** @throws EngineError `invalid_request`; a facade that orders otherwise is of another release */
export function buildRelayOrder(body: Buffer): RelayOrder {
  const object = objectIn(parseJson(body), 'body');
  const mode = RELAY_MODES.find((one) => one === object.get('mode'));
  if (mode === undefined) throw refused(`mode: one of ${RELAY_MODES.join(', ')}`);
  const legacy = object.get('legacy') ?? null;
  if (legacy === null && mode !== 'off') throw refused('legacy: where it is');
  return { mode, legacy: legacy === null ? null : addressIn(objectIn(legacy, 'legacy')) };
}

function addressIn(object: PythonObject): RelayOrder['legacy'] {
  const text = (name: string): string => {
    const value = object.get(name);
    if (typeof value !== 'string') throw refused(`legacy.${name}: text`);
    return value;
  };
  const url = text('url');
  if (!URL.canParse(url)) throw refused('legacy.url: a URL');
  return { url, ca: text('ca'), pin: text('pin'), serverName: text('serverName') };
}

function objectIn(value: PythonValue | undefined, name: string): PythonObject {
  if (value !== undefined && isPythonObject(value)) return value;
  throw refused(`${name}: an object`);
}

function refused(detail: string): EngineError {
  return new EngineError('invalid_request', { detail });
}
