/**
 * Where a password stands in a line of a log, a configuration or a script, whatever its value: after a
 * directive of redis.conf, an option of the clients, in a URL, an ACL rule, or behind a name that says so.
 * Each pattern's groups: what stands before the value, then the value.
 */

/** What stands in a secret's stead. */
export const stars = '******';

/** Quoted with either mark, or up to the next blank, comma or closing mark. */
const value = String.raw`("(?:[^"\\\n]|\\.)+"|'[^'\n]+'|[^\s"',;)}\]]+)`;
/** In prose, after the directive's name: `requirepass is not set`. */
const prose =
  '(?!(?:is|are|was|were|and|or|set|not|does|in|from|of|to|has|but|directive|without|missing|differs|failed|error|called|with|for|command|mismatch)(?=[\\s.,;:]|$))';
/** A reference tells nothing, an empty one is no password. */
const notReference = String.raw`(?!["']?(?:\$|<|\{|\[|\||\*{3})|""|'')`;
/** `automountServiceAccountToken: false`. */
const notSwitch = String.raw`(?!(?:true|false|null)\b)`;

const patterns: readonly RegExp[] = [
  // redis.conf(5), sentinel.conf, and the same as options or in CONFIG SET, plain or as JSON
  new RegExp(
    String.raw`(\b(?:requirepass|masterauth|primaryauth|sentinel-pass|tls-key-file-pass|tls-client-key-file-pass)\b["']?(?:[ \t]*[:=,][ \t]*|[ \t]+))${prose}${notReference}${value}`,
    'gi',
  ),
  // `sentinel auth-pass NAME VALUE`
  new RegExp(
    String.raw`(\bauth-pass["']?[ \t,]+["']?[\w.-]+["']?[ \t,]+)${notReference}${value}`,
    'gi',
  ),
  // AUTH and HELLO's AUTH, with or without a user, as MONITOR and scripts write them
  new RegExp(
    String.raw`((?:^|[\s"'])AUTH["']?[ \t,]+(?:(?:"[^"\n]+"|'[^'\n]+')[ \t,]+(?=["']))?)${prose}${notReference}${value}`,
    'g',
  ),
  // redis-cli, redis-benchmark
  new RegExp(
    String.raw`(\b(?:redis|valkey)-(?:cli|benchmark)\b[^\n|;&]{0,500}?[ \t](?:-a|--pass|--auth)(?:[ \t=]+|["'],[ \t]*))${notReference}${value}`,
    'g',
  ),
  // RFC 3986 user information
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)([^\s@/"'$]+)(?=@)/gi,
  // ACL rules: `user NAME … >VALUE`, and the digest of one
  /(\b(?:user|SETUSER)\b[^\n]{0,500}?[ \t"'])([<>][^\s"',]+)/g,
  /((?:^|[\s"']))(#[0-9a-f]{64})\b/g,
  // a name that says so; `--auth secret:NAME/KEY` says where to look
  new RegExp(
    String.raw`((?<!-auth[ =])\b[\w.-]{0,64}(?:passwor[dt]|passwd|passphrase|secret|credentials?|api[_-]?key|private[_-]?key|access[_-]?token|REDISCLI_AUTH|_PASS|_PWD)["']?[ \t]*[:=][ \t]*)${notSwitch}${notReference}${value}`,
    'gi',
  ),
];

/** Hides what stands at such a place; the place itself stays readable. */
export function hideByPlace(text: string): string {
  return patterns.reduce(
    (line, pattern) =>
      line.replace(pattern, (_, before: string, found: string) => `${before}${quoted(found)}`),
    text,
  );
}

/** Every value that stands at such a place. */
export function valuesByPlace(text: string): readonly string[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, , found = '']) =>
      unquoted(found).replace(/^[<>](?=.)/, ''),
    ),
  );
}

function quoted(found: string): string {
  const mark = /^(["']).*\1$/s.exec(found)?.[1] ?? '';
  return `${mark}${stars}${mark}`;
}

function unquoted(found: string): string {
  return /^(["']).*\1$/s.test(found) ? found.slice(1, -1) : found;
}
