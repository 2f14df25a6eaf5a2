/** The runner's GITHUB_OUTPUT or GITHUB_STATE as name → value; the last of a name wins. */
export function readCommandFile(text: string): Record<string, string> {
  // `NAME<<DELIMITER`, lines, `DELIMITER`
  const found = text.matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n?\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}
