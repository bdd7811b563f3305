/** A path that a rule matches, to ask about. */
export function samplePath(rule: string): string {
  return rule.replaceAll(/:\w+(?:\((\w+)\))?/g, (_, converter?: string) => {
    if (converter === 'int') return '7';
    return converter === 'path' ? 'some/where' : 'sample';
  });
}
