/** One value in every guise in which it may stand in a text, itself first. */
export function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const bytes = Buffer.from(value, 'utf8');
  const url = tryEncode(value);
  const forms = [
    value,
    json,
    JSON.stringify(json).slice(1, -1), // JSON in a string of JSON
    asciiJson(json),
    redisQuoted(bytes),
    value.replaceAll("'", "''"), // YAML, single quotes
    value.replaceAll("'", String.raw`'\''`), // a shell's
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    xml(value),
    url,
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    strictUrl(url),
    ...base64Forms(bytes),
  ];
  return [...new Set(forms)].filter((form) => form !== '');
}

/** Everything beyond ASCII as `\uXXXX`: Python's and many loggers' JSON. */
function asciiJson(json: string): string {
  return json.replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As Redis quotes bytes in its log and in MONITOR (sds.c, sdscatrepr). */
function redisQuoted(bytes: Buffer): string {
  const named: Readonly<Record<number, string>> = {
    34: '\\"',
    92: '\\\\',
    10: '\\n',
    13: '\\r',
    9: '\\t',
    7: '\\a',
    8: '\\b',
  };
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e
        ? (named[byte] ?? String.fromCharCode(byte))
        : (named[byte] ?? `\\x${byte.toString(16).padStart(2, '0')}`),
    )
    .join('');
}

function xml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** A lone surrogate has no URL form. */
function tryEncode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What encodeURIComponent leaves as it is, other encoders do not (RFC 3986, reserved characters). */
function strictUrl(url: string): string {
  return url.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A shorter part of a base64 text says nothing of whose it is. */
const leastBase64 = 6;

/** Alone (padded or not, URL-safe or not) and inside a longer text, where it may begin at any of 3 bytes. */
function base64Forms(bytes: Buffer): readonly string[] {
  const whole = bytes.toString('base64');
  const withNewline = Buffer.concat([bytes, Buffer.from('\n')]).toString('base64'); // `echo | base64`
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    return text.slice(from, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const all = [whole, whole.replace(/=+$/, ''), withNewline, ...inside];
  return [...all, ...all.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))].filter(
    (text) => text.length >= leastBase64,
  );
}
