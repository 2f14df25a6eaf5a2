/**
 * A boolean as YAML 1.2's core schema writes it (10.3.2: `true | True | TRUE | false | False | FALSE`),
 * which is what GitHub's own getBooleanInput takes; undefined for anything else.
 */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  return /^(false|False|FALSE)$/.test(text) ? false : undefined;
}
