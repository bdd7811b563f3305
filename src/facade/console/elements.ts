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
  element.append(...children.filter(isShown).map(asNode));
  return element;
}

/** Replaces what is in there, and keeps the focus where it was. */
export function show(into: Element, ...children: readonly Child[]): void {
  const key = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
  into.replaceChildren(...children.filter(isShown).map(asNode));
  if (key !== undefined)
    into.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
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

function isShown(child: Child): child is Node | string | number {
  return child !== undefined && child !== null && child !== false;
}

function asNode(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}
