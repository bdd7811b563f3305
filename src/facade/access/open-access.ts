/** All that the facade needs to know callers, made from its settings. Opens no file before somebody is to be judged. */
import { type OperatorSecret, readOperatorSecret } from '../../legacy-bridge/operators/operator-secret.js';
import type { FacadeSettings } from '../settings/settings.js';
import type { Access } from '../table/access.js';
import { accessUnder } from '../table/build-table-snapshot.js';
import { TABLE_DEFAULTS } from '../table/table-config.js';
import type { TableValidator } from '../table/validators/table-validator.js';
import { type AccessJudge, BLIND_JUDGE, createAccessJudge } from './access-judge.js';
import { DeviceKey } from './device-key.js';
import { SharedAccounts } from './shared-accounts.js';
import { type SharedPlaces, sharedPlaces } from './shared-places.js';

export interface FacadeAccess {
  readonly judge: AccessJudge;
  /** Refuses tables that demand callers whom this installation can't know: nothing is open by accident. */
  readonly rule: TableValidator;
  /** Undefined when the settings don't say where things are. */
  readonly places: SharedPlaces | undefined;
  readonly secret: OperatorSecret;
  readonly accounts: SharedAccounts | undefined;
  close(): void;
}

export interface AccessSurroundings {
  readonly settings: Pick<FacadeSettings, 'shared'>;
  /** Where the operators' secret is, and places that have no setting, under the names that both sides read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

export function openAccess({ settings, env, now, monotonic }: AccessSurroundings): FacadeAccess {
  const places = sharedPlaces(settings, env);
  const secret = readOperatorSecret(env);
  const rule = callersKnown((access) => whyUnknown(access, places, secret));
  if (places === undefined)
    return { judge: BLIND_JUDGE, rule, places, secret, accounts: undefined, close: () => undefined };
  const accounts = new SharedAccounts(places.databaseFile, monotonic);
  const key = new DeviceKey(places.layout.jwtKeyFile, monotonic);
  const judge = createAccessJudge({ key, accounts, terms: secret, now });
  return { judge, rule, places, secret, accounts, close: () => accounts.close() };
}

function whyUnknown(
  access: Access,
  places: SharedPlaces | undefined,
  { problems }: OperatorSecret,
): string | undefined {
  if (places === undefined)
    return 'the settings do not say where keys and accounts are: set shared.projectRoot, or BOREALIS_PROJECT_ROOT';
  return access === 'device' ? undefined : problems[0];
}

function callersKnown(whyNot: (access: Access) => string | undefined): TableValidator {
  return ({ profile, defaults, routes }, problems) => {
    const inForce = profile?.value ?? TABLE_DEFAULTS.profile;
    for (const row of [...(defaults === undefined ? [] : [defaults]), ...routes]) {
      const access = accessUnder(inForce, row);
      const why = access === TABLE_DEFAULTS.access ? undefined : whyNot(access);
      const place = (inForce === 'hardened' ? row.hardened : undefined) ?? row.access ?? row;
      if (why !== undefined) problems.add(place, `expected public, since ${access} can't be told from others (${why})`);
    }
  };
}
