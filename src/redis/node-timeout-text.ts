/** The setting as a line of redis.conf has it, and as an argument of the server. */
const directive = /^[ \t]*cluster-node-timeout[ \t]+"?(\d+)"?[ \t]*\r?$/gim;
const argument = /--cluster-node-timeout(?:[ \t]+|=|["']?,[ \t]*["']?)"?(\d+)/gi;

/** What a configuration file says: of several lines the last (config.c); null when it says nothing. */
export function nodeTimeoutOfFile(text: string): number | null {
  const last = [...text.matchAll(directive)].at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

/** What a command says, or a script that ends in one; null when it says nothing or two things. */
export function nodeTimeoutOfCommand(text: string): number | null {
  const said = new Set([...text.matchAll(argument)].map((match) => match[1]));
  const [only] = said;
  return said.size === 1 && only !== undefined ? Number(only) : null;
}
