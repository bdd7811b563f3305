/** Builds elements. Whatever the server or a client of it wrote becomes text: nothing here, or on this page, reads HTML from a value. */

export type Child = Node | string | number | undefined | null | false;

type Properties<E extends HTMLElement> = Partial<Omit<E, 'style' | 'dataset'>> & {
  readonly aria?: Readonly<Record<string, string>>;
  /** What the focus comes back to when a view is drawn anew. */
  readonly key?: string;
};

export function el<N extends keyof HTMLElementTagNameMap>(
  name: N,
  { aria = {}, key, ...properties }: Properties<HTMLElementTagNameMap[N]> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[N] {
  const element = Object.assign(document.createElement(name), properties) as HTMLElementTagNameMap[N];
  for (const [attribute, value] of Object.entries(aria)) element.setAttribute(`aria-${attribute}`, value);
  if (key !== undefined) element.dataset.key = key;
  element.append(...asNodes(children));
  return element;
}

/** Replaces what is in there, and keeps the focus where it was. */
export function show(into: Element, ...children: readonly Child[]): void {
  const key = focusedKey();
  into.replaceChildren(...asNodes(children));
  focusOn(key, into);
}

/**
 * The same for what is drawn again and again: what is as it was stays in place, so that nobody loses a selection, a
 * scroll position or an open list, and nothing is read out anew. Nodes that were given may not become part of the page.
 */
export function renew(into: Element, ...children: readonly Child[]): void {
  const key = focusedKey();
  renewNodes(into, asNodes(children));
  focusOn(key, into);
}

function renewNodes(into: Element, nodes: readonly Node[]): void {
  for (const [index, node] of nodes.entries()) {
    const old = into.childNodes[index];
    if (old === undefined) into.append(node);
    else if (old.isEqualNode(node)) continue;
    else if (holdsRows(old) && holdsRows(node) && old.nodeName === node.nodeName) renewNodes(old, [...node.childNodes]);
    else old.replaceWith(node);
  }
  while (into.childNodes.length > nodes.length) into.lastChild?.remove();
}

/** Of the parts of `table` below: they listen to nothing themselves. */
function holdsRows(node: Node): node is Element {
  return node instanceof Element && node.matches('.scroll, table, tbody');
}

/** Of the element that has the focus: by it the focus comes back to the one that is drawn in its place. */
export function focusedKey(): string | undefined {
  return document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
}

export function focusOn(key: string | undefined, within: ParentNode = document): void {
  if (key !== undefined)
    within.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

export function byId<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`no element ${id}`);
  return found as E;
}

export function stageChip(stage: string, more = ''): HTMLElement {
  return el('span', { className: `chip stage-${stage}` }, `${stage}${more}`);
}

export function table(
  heads: readonly (string | { readonly number: string })[],
  rows: readonly Node[],
  empty: string,
): HTMLElement {
  if (rows.length === 0) return el('p', { className: 'quiet' }, empty);
  const cells = heads.map((head) =>
    typeof head === 'string'
      ? el('th', { scope: 'col' }, head)
      : el('th', { scope: 'col', className: 'number' }, head.number),
  );
  return el(
    'div',
    { className: 'scroll' },
    el('table', {}, el('thead', {}, el('tr', {}, ...cells)), el('tbody', {}, ...rows)),
  );
}

export function list(items: readonly string[], className = ''): HTMLElement {
  return el('ul', { className }, ...items.map((item) => el('li', {}, item)));
}

export function localTime(iso: string): string {
  return new Date(iso).toLocaleString();
}

function asNodes(children: readonly Child[]): readonly Node[] {
  return children.filter(isShown).map((child) => (child instanceof Node ? child : new Text(String(child))));
}

function isShown(child: Child): child is Node | string | number {
  return child !== undefined && child !== null && child !== false;
}
