import { html, type Markup, nothing } from './markup.ts';

/** nodes.conf (or sentinel.conf) of one pod before and after a fault. */
export interface NodeFile {
  readonly pod: string;
  readonly faultId: string;
  readonly before: string;
  readonly after: string;
}

/** Side by side, with the lines marked that are not in the other one. */
export function nodeFiles(files: readonly NodeFile[]): Markup {
  if (files.length === 0) return nothing;
  const parts = files.map(
    ({
      pod,
      faultId,
      before,
      after,
    }) => html`<details><summary>${pod}, before and after ${faultId}</summary>
<div class="sides"><div><h3>before</h3><pre>${marked(before, after)}</pre></div><div><h3>after</h3><pre>${marked(after, before)}</pre></div></div></details>`,
  );
  return html`<section id="files" tabindex="-1"><h2>What the servers wrote to disk</h2>${parts}</section>`;
}

/** Ping and pong times and epochs change all the time; a line is marked when its addresses or roles did. */
function marked(text: string, other: string): Markup[] {
  const known = new Set(other.split('\n').map(stable));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (known.has(stable(line)) ? html`${line}\n` : html`<mark>${line}</mark>\n`));
}

/** Without the two times and the epoch in the middle of a line of nodes.conf. */
function stable(line: string): string {
  const words = line.split(' ');
  return words.length < 8 ? line : [...words.slice(0, 4), ...words.slice(7)].join(' ');
}
