import assert from 'node:assert/strict';
import { buildUrlMap, type UrlRule } from '../../../src/legacy-bridge/url-map/build-url-map.js';
import { UrlRuleError } from '../../../src/legacy-bridge/url-map/url-rule-error.js';

function rules(...texts: string[]): UrlRule<string>[] {
  return texts.map((text) => {
    const [methods = '', rule = ''] = text.split(' ');
    return { methods: methods === '*' ? '*' : methods.split('|'), rule, endpoint: text };
  });
}

function refusal(code: string, rule: string, problem: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UrlRuleError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.rule, rule);
    assert.match(error.problem, problem);
    return true;
  };
}

describe('buildUrlMap', () => {
  const malformed: [string, RegExp][] = [
    ['health', /starts with \//],
    ['/a//b', /single slashes/],
    ['/a%20b', /decoded text.*"%"/],
    ['/a?b', /"\?"/],
    ['/a/../b', /dot segments/],
    ['/<id>', /"<"/],
    ['/:id(float)', /:name\(int\)/],
    ['/:id()', /:name\(int\)/],
    ['/:', /:name/],
    ['/a:b', /one :name per segment/],
    ['/:rest(path)/edit', /come last/],
    ['/:id/:id', /once/],
    ['/a b', /" "/],
  ];
  for (const [rule, problem] of malformed) {
    it(`refuses the rule ${rule}`, () => {
      assert.throws(
        () => buildUrlMap([{ methods: ['GET'], rule, endpoint: 1 }]),
        refusal('rule_malformed', rule, problem),
      );
    });
  }

  it('refuses methods that are none', () => {
    for (const methods of [[], ['get'], ['GE T'], ['']])
      assert.throws(
        () => buildUrlMap([{ methods, rule: '/a', endpoint: 1 }]),
        refusal('rule_malformed', '/a', /method/),
      );
  });

  it('refuses two rules that match the same paths with a same method, whatever their parameters are called', () => {
    assert.throws(
      () => buildUrlMap(rules('GET /a/:x', 'GET|POST /a/:y')),
      refusal('rule_duplicate', '/a/:y', /GET.*\/a\/:x/),
    );
    assert.throws(() => buildUrlMap(rules('* /a', '* /a')), refusal('rule_duplicate', '/a', /every method/));
  });

  it('lets rules share a path under different methods', () => {
    const map = buildUrlMap(rules('* /a', 'GET /a', 'POST /a'));
    const endpoint = (method: string) => {
      const found = map.match(method, '/a');
      return found.kind === 'match' ? found.endpoint : found.kind;
    };
    assert.deepEqual(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'].map(endpoint), [
      'GET /a',
      'GET /a',
      'POST /a',
      '* /a',
      'GET /a',
    ]); // prettier-ignore
  });

  it('gives OPTIONS to the rule that lists it, before those that it comes with', () => {
    const found = buildUrlMap(rules('GET /a', 'OPTIONS /a')).match('OPTIONS', '/a');
    assert.equal(found.kind === 'match' && found.endpoint, 'OPTIONS /a');
  });

  it('does not depend on the order of the rules', () => {
    const texts = ['GET /a/:x', 'GET /a/b', 'GET /a/:n(int)', 'GET /a/:rest(path)', 'POST /:x/b'];
    const paths = ['/a/b', '/a/1', '/a/c', '/a/c/d', '/x/b'];
    const answers = (ordered: string[]) => {
      const map = buildUrlMap(rules(...ordered));
      return paths.flatMap((path) => ['GET', 'POST'].map((method) => map.match(method, path)));
    };
    assert.deepEqual(answers(texts), answers([...texts].reverse()));
  });

  it('gives decoded parameters', () => {
    assert.deepEqual(buildUrlMap(rules('GET /u/:name/x/:rest(path)')).match('GET', '/u/Zo%C3%AB%20+/x/a%2Fb/c'), {
      kind: 'match',
      endpoint: 'GET /u/:name/x/:rest(path)',
      params: { name: 'Zoë +', rest: 'a/b/c' },
    });
  });

  it('matches methods as written', () => {
    assert.equal(buildUrlMap(rules('GET /a')).match('get', '/a').kind, 'method-not-allowed');
  });
});
