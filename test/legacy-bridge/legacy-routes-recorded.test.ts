import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { LEGACY_ROUTES } from '../../src/legacy-bridge/legacy-routes.js';
import { buildUrlMap } from '../../src/legacy-bridge/url-map/build-url-map.js';

interface Step {
  readonly request?: { readonly method: string; readonly path?: string };
  readonly status: number;
  readonly moreHeaders?: Readonly<Record<string, string>>;
}

const RECORDINGS = new URL('../parity/suite/recordings/', import.meta.url);
const map = buildUrlMap(LEGACY_ROUTES.map(({ id, methods, rule }) => ({ methods, rule, endpoint: id })));

function recordedSteps(): Step[] {
  return readdirSync(RECORDINGS).flatMap((name) => {
    const { steps = [] } = JSON.parse(readFileSync(new URL(name, RECORDINGS), 'utf8')) as { steps?: Step[] };
    return steps.filter(({ request }) => request?.path !== undefined && !request.path.startsWith('/socket.io/'));
  });
}

describe("the legacy's routes beside its recordings", () => {
  const steps = recordedSteps();
  const pathOf = ({ request }: Step) => request?.path?.split('?')[0] ?? '';
  const match = (step: Step) => map.match(step.request?.method ?? '', pathOf(step));

  it('are many', () => assert.ok(steps.length > 2000, `only ${steps.length} recorded requests`));

  it('refuse the methods that were refused, and redirect what was redirected', () => {
    const kinds: Record<number, string> = { 308: 'redirect', 405: 'method-not-allowed' };
    const wrong = steps.filter((step) => match(step).kind !== (kinds[step.status] ?? 'match'));
    assert.deepEqual(
      wrong.map(({ request, status }) => ({ ...request, status })),
      [],
    );
  });

  it('allow what was allowed', () => {
    const wrong = steps.filter((step) => {
      const allow = step.moreHeaders?.allow;
      return allow !== undefined && allow !== map.allowedMethods(pathOf(step)).join(', ');
    });
    assert.deepEqual(
      wrong.map(({ request, moreHeaders }) => ({ ...request, moreHeaders })),
      [],
    );
  });

  it('are all recorded', () => {
    const used = new Set(steps.map(match).map((found) => (found.kind === 'match' ? found.endpoint : '')));
    assert.deepEqual(
      LEGACY_ROUTES.map(({ id }) => id).filter((id) => !used.has(id)),
      [],
    );
  });
});
