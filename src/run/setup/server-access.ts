import { objectError } from '../../kube/manifest-source.ts';
import { podTemplatePath } from '../../kube/pod-template.ts';
import type { UsageError } from '../../model/errors.ts';
import { asList, asMap, type JsonMap, valueAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { SetupPlan } from '../../model/plan.ts';
import { selectedContainer } from './setup.ts';

/** A directive of redis.conf, or an argument of the server, where the manifests have it. */
interface Directive {
  readonly name: string;
  readonly value: string;
  readonly object: KubeObject;
  /** Of the file in its ConfigMap or Secret; null: in the server's arguments. */
  readonly file: string | null;
}

/** A text that a container of the servers' pods is started by or reads. */
interface UsedText {
  readonly text: string;
  readonly object: KubeObject;
  readonly file: string | null;
}

const fileDirective = /^[ \t]*(port|tls-port|requirepass|user)[ \t]+(.*?)[ \t]*$/gim;
const argument = /--(port|tls-port|requirepass)[ =]+("[^"]*"|'[^']*'|\S+)/gi;
/** A shell script decides when it runs what it will write: only a plain configuration says what is. */
const script = /^#!|\b(then|exec|esac|do)\b/;
/** The same of a command in one string: what depends on something else is not known. */
const conditional = /\b(then|esac|do)\b|&&|\|\|/;

/**
 * Refuses servers that this version cannot talk to, or not without a flag, where the manifests say so:
 * TLS on the only port, a password that the plan does not give, a default user that is switched off.
 * @throws UsageError with file, line and column, naming the flag.
 */
export function refuseUnspeakable(
  objects: readonly KubeObject[],
  servers: readonly KubeObject[],
  { auth, authUser = null }: Pick<SetupPlan, 'auth' | 'authUser'>,
): void {
  for (const server of servers) {
    const directives = directivesOf(objects, server);
    const last = (name: string) => directives.findLast((directive) => directive.name === name);
    const tls = last('tls-port');
    const plain = last('port');
    if (tls && isPort(tls.value) && plain?.value === '0') {
      throw refusal(
        tls,
        `the Redis servers speak TLS only (port 0, tls-port ${tls.value}), and this version does not speak it; --tls is to come. Give them a plain port beside it`,
      );
    }
    const off = directives.find(
      ({ name, value }) => name === 'user' && /^default\b.*\boff\b/.test(value),
    );
    if (off && authUser === null) {
      throw refusal(
        off,
        'the ACL switches the default user off; say as whom to log in, --auth-user NAME, and where the password is, --auth env:VARIABLE or --auth secret:NAME/KEY',
      );
    }
    const password = directives.filter((one) => !isReplaced(one, directives)).find(isPassword);
    if (password && auth === null) {
      throw refusal(
        password,
        `the Redis servers ask for a password (${password.name}); say where it is: ${authFlag(objects, server)}`,
      );
    }
  }
}

function isPort(value: string): boolean {
  return /^\d+$/.test(value) && value !== '0';
}

/** A later `requirepass` of the same file wins, and the arguments win over every file; `user` lines add up. */
function isReplaced(directive: Directive, directives: readonly Directive[]): boolean {
  const { name, object, file } = directive;
  const later = directives.slice(directives.indexOf(directive) + 1);
  return (
    name === 'requirepass' &&
    later.some(
      (one) =>
        one.name === name && (one.file === null || (one.object === object && one.file === file)),
    )
  );
}

/** `requirepass` with a value, or a default user that has a password and is on. */
function isPassword({ name, value }: Directive): boolean {
  const bare = value.replaceAll(/["']/g, '');
  if (name === 'requirepass') return bare !== '';
  return (
    name === 'user' &&
    /^default\b/.test(value) &&
    /(\s[>#])/.test(value) &&
    !/\bnopass\b/.test(value)
  );
}

function refusal({ object, file }: Directive, message: string): UsageError {
  return file === null
    ? objectError(object, [], message)
    : objectError(
        object,
        [object.kind === 'Secret' && hasString(object, file) ? 'stringData' : 'data', file],
        `${file}: ${message}`,
      );
}

function hasString(object: KubeObject, file: string): boolean {
  return asMap(object.stringData)[file] !== undefined;
}

/** `--auth secret:NAME/KEY` where the server's own environment takes it from a Secret. */
function authFlag(objects: readonly KubeObject[], server: KubeObject): string {
  const words = 'pass|auth|secret';
  for (const container of containersOf(server)) {
    for (const entry of asList(container.env)) {
      const { name, valueFrom } = asMap(entry);
      const { name: secret, key } = asMap(asMap(valueFrom).secretKeyRef);
      const there = objects.some(
        ({ kind, metadata }) => kind === 'Secret' && metadata.name === secret,
      );
      if (there && new RegExp(words, 'i').test(String(name)))
        return `--auth secret:${secret}/${key}`;
    }
  }
  return '--auth env:VARIABLE or --auth secret:NAME/KEY';
}

function directivesOf(objects: readonly KubeObject[], server: KubeObject): readonly Directive[] {
  return usedTexts(objects, server).flatMap(({ text, object, file }) => {
    const plain = file !== null && !script.test(text);
    return [...text.matchAll(plain ? fileDirective : argument)].flatMap(
      ([, name, value]): Directive[] => {
        if (!plain && file !== null) return []; // what a script passes on may depend on anything
        return [{ name: name?.toLowerCase() ?? '', value: value ?? '', object, file }];
      },
    );
  });
}

/**
 * The files of ConfigMaps and Secrets that the pods mount and that a command, an argument or another
 * such file names, and last the server's own arguments, which Redis lets win over its file.
 */
function usedTexts(objects: readonly KubeObject[], server: KubeObject): readonly UsedText[] {
  const commands = containersOf(server).map(commandOf);
  const files = mountedFiles(objects, server);
  const used = new Set<UsedText>();
  for (let grown = true; grown; ) {
    const texts = [...commands, ...[...used].map(({ text }) => text)].join('\n');
    const more = files.filter((entry) => !used.has(entry) && texts.includes(entry.file ?? ''));
    for (const entry of more) used.add(entry);
    grown = more.length > 0;
  }
  const template = valueAt(server, podTemplatePath(server) ?? []) as KubeObject;
  const name = selectedContainer(template)?.name;
  const own = containersOf(server)
    .filter((container) => container.name === name)
    .map(commandOf)
    .filter((text) => !conditional.test(text));
  return [...used, ...own.map((text) => ({ text, object: server, file: null }))];
}

/** An empty argument is one: `--requirepass ''` sets no password, whatever stands after it. */
function commandOf({ command, args }: JsonMap): string {
  return [...asList(command), ...asList(args)].map((word) => String(word) || '""').join(' ');
}

function mountedFiles(objects: readonly KubeObject[], server: KubeObject): readonly UsedText[] {
  const volumes = asList(podSpecOf(server).volumes).flatMap((volume) => {
    const { configMap, secret, projected } = asMap(volume);
    return [{ configMap, secret }, ...asList(asMap(projected).sources).map(asMap)];
  });
  const isMounted = ({ kind, metadata }: KubeObject) =>
    volumes.some(({ configMap, secret }) =>
      kind === 'ConfigMap'
        ? asMap(configMap).name === metadata.name
        : kind === 'Secret' &&
          [asMap(secret).secretName, asMap(secret).name].includes(metadata.name),
    );
  return objects.filter(isMounted).flatMap((object) => {
    const decode = (text: string) =>
      object.kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text;
    const data = Object.entries(asMap(object.data)).map(([file, text]) => [
      file,
      decode(String(text)),
    ]);
    return [...data, ...Object.entries(asMap(object.stringData))].map(([file, text]) => ({
      text: String(text),
      object,
      file: String(file),
    }));
  });
}

function podSpecOf(object: KubeObject) {
  const path = podTemplatePath(object) ?? [];
  return asMap(valueAt(object, [...path, 'spec']));
}

function containersOf(object: KubeObject) {
  const spec = podSpecOf(object);
  return [...asList(spec.initContainers), ...asList(spec.containers)].map(asMap);
}
