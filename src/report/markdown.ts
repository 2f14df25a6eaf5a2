/** GitHub takes 1 MiB a job summary; what is longer is cut at a line and says so. */
const maxBytes = 900_000;

/** Text of the servers or the user inside Markdown: no table, tag, link or code of its own. */
export function escapedCell(text: string): string {
  return text
    .slice(0, 2000)
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\|`*_[\]]/g, '\\$&');
}

/** The text as it is, or cut at a line with a pointer to the file that holds the rest. */
export function withinLimit(text: string, wholeIn: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  const head = new TextDecoder().decode(bytes.slice(0, maxBytes - 200));
  return `${head.slice(0, head.lastIndexOf('\n'))}\n\nCut here: ${wholeIn} has the rest.\n`;
}
