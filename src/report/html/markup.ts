/** Text that is markup already: only `html` makes it, so that nothing of a server's gets in unescaped. */
export interface Markup {
  readonly markup: string;
}

type Hole = string | number | null | Markup | readonly Markup[];

/** Markup from a template: what stands in its holes is escaped unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  let markup = parts[0] ?? '';
  for (const [index, hole] of holes.entries()) markup += textOf(hole) + (parts[index + 1] ?? '');
  return { markup };
}

/** Markup that another program made (a chart's SVG, this page's own stylesheet). */
export function trusted(markup: string): Markup {
  return { markup };
}

export const nothing: Markup = { markup: '' };

function textOf(hole: Hole): string {
  if (hole === null) return '–';
  if (typeof hole === 'number') return String(hole);
  if (typeof hole === 'string') return escaped(hole);
  return 'markup' in hole ? hole.markup : hole.map(({ markup }) => markup).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
