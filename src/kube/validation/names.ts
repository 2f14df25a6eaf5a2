/**
 * The forms of names and keys in the Kubernetes API (apimachinery pkg/util/validation). Each gives
 * null, or what is wrong in words that do not repeat the text: it may be a secret's.
 */

const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const labelForm = new RegExp(`^${label}$`);
const subdomainForm = new RegExp(`^${label}(\\.${label})*$`);
const qualifiedForm = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

export type NameRule = (text: string) => string | null;

export const dnsLabel: NameRule = (text) =>
  text.length <= 63 && labelForm.test(text)
    ? null
    : 'must be lower-case letters, digits and dashes, 63 at most, with a letter or digit at both ends (RFC 1123 label)';

export const dnsSubdomain: NameRule = (text) =>
  text.length <= 253 && subdomainForm.test(text)
    ? null
    : 'must be lower-case letters, digits, dashes and dots, 253 at most, with a letter or digit at both ends of each part (RFC 1123 subdomain)';

/** Services' names, in which the first must be a letter. */
export const serviceName: NameRule = (text) =>
  text.length <= 63 && labelForm.test(text) && /^[a-z]/.test(text)
    ? null
    : 'must be lower-case letters, digits and dashes, 63 at most, and start with a letter (RFC 1035 label)';

/** Names of RBAC objects are any text that can be a part of a URL's path. */
export const pathSegment: NameRule = (text) =>
  text === '.' || text === '..' || /[/%]/.test(text)
    ? "may not be '.' or '..' nor hold / or %"
    : null;

export const qualifiedName: NameRule = (text) => {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : null;
  if (parts.length <= 2 && (prefix === null || dnsSubdomain(prefix) === null)) {
    if (name.length <= 63 && qualifiedForm.test(name)) return null;
  }
  return "must be letters, digits, '-', '_' and '.', 63 at most, with a letter or digit at both ends, and may have a DNS prefix: example.com/MyName";
};

/** The prefix of an annotation's key is not looked at for its case. */
export const annotationKey: NameRule = (text) => qualifiedName(text.toLowerCase());

export const labelValue: NameRule = (text) =>
  text === '' || (text.length <= 63 && qualifiedForm.test(text))
    ? null
    : "must be letters, digits, '-', '_' and '.', 63 at most, with a letter or digit at both ends, or empty";

export const configKey: NameRule = (text) =>
  text.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(text) && text !== '.' && !text.startsWith('..')
    ? null
    : "must be letters, digits, '-', '_' and '.', and may not be '.' nor start with '..'";

/** Since Kubernetes 1.32 anything printable but '='. */
export const environmentName: NameRule = (text) =>
  /^[ -<>-~]+$/.test(text) ? null : "must be printable ASCII characters other than '='";

/** Names of ports in pods (IANA service names). */
export const portName: NameRule = (text) =>
  text.length <= 15 && labelForm.test(text) && /[a-z]/.test(text) && !text.includes('--')
    ? null
    : "must be lower-case letters, digits and dashes, 15 at most, with a letter in it and no '--'";

export const headerName: NameRule = (text) =>
  /^[-A-Za-z0-9]+$/.test(text) ? null : 'must be letters, digits and dashes';

export const sysctlName: NameRule = (text) =>
  text.length <= 253 &&
  /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(text)
    ? null
    : 'is not the name of a sysctl';

/** `example.com/controller`. */
export const domainPath: NameRule = (text) => {
  const [domain = '', ...path] = text.split('/');
  return path.join('/') !== '' && dnsSubdomain(domain) === null
    ? null
    : 'must have a DNS prefix: example.com/controller';
};

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

export const finalizerName: NameRule = (text) =>
  qualifiedName(text) ??
  (text.includes('/') || standardFinalizers.includes(text)
    ? null
    : 'must have a DNS prefix: example.com/hold');

/** A path inside of a volume: relative, without a way out. */
export const pathInside: NameRule = (text) => {
  if (text.startsWith('/')) return 'must be a relative path';
  return text.split('/').includes('..') ? "must not contain '..'" : null;
};

/** A path of a file that the kubelet writes: `..data` is its own. */
export const writtenPath: NameRule = (text) =>
  pathInside(text) ?? (text.startsWith('..') ? "must not start with '..'" : null);

export const backwardFreePath: NameRule = (text) =>
  text.split('/').includes('..') ? "must not contain '..'" : null;

/** A DNS name that may be a wildcard: `*.example.com`. */
export const hostPattern: NameRule = (text) => dnsSubdomain(text.replace(/^\*\./, ''));
