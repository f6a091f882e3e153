/** Secrets in settings: `${env:NAME}` and `${file:/path}` stand for what an environment variable or a file holds; `$${` stands for `${`. */

/** Where secrets are read. */
export interface SecretSources {
  readonly env: (name: string) => string | undefined;
  /** Text of a file; throws if it cannot be read. */
  readonly file: (path: string) => string;
}

/** Something that is wrong with settings, at its place. */
export interface SettingProblem {
  /** Keys and indexes that lead to it, from the output's own settings. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** Settings with the secrets in them. */
export interface Resolved {
  readonly value: unknown;
  /** What came from references: never to be shown. */
  readonly secrets: readonly string[];
  readonly problems: readonly SettingProblem[];
}

const REFERENCE = /\$\$\{|\$\{(?:(env|file):)?([^}]*)\}/g;

/** Puts secrets in the place of the references to them, in all texts of a tree. */
export function resolveSecrets(value: unknown, sources: SecretSources): Resolved {
  const secrets = new Set<string>();
  const problems: SettingProblem[] = [];
  const resolve = (node: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof node === 'string') return text(node, path);
    if (Array.isArray(node)) return node.map((item, index) => resolve(item, [...path, index]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, entry]) => [key, resolve(entry, [...path, key])]),
    );
  };
  const text = (source: string, path: readonly (string | number)[]): string =>
    source.replace(REFERENCE, (reference: string, from: string | undefined, name: string) => {
      if (reference === '$${') return '${';
      const secret = read(from, name, path);
      if (secret === undefined) return '';
      if (secret !== '') secrets.add(secret);
      return secret;
    });
  const read = (
    from: string | undefined,
    name: string,
    path: readonly (string | number)[],
  ): string | undefined => {
    const problem = (message: string, hint?: string): undefined =>
      void problems.push({ path, message, ...(hint && { hint }) });
    if (from === undefined)
      return problem(
        `\${${name}} says neither env: nor file:`,
        `write \${env:${name || 'NAME'}} or \${file:/path}, and $\${ for the two characters themselves`,
      );
    if (from === 'env')
      return (
        sources.env(name) ??
        problem(`the environment variable ${name} is not set`, 'set it, or take the reference out')
      );
    try {
      // Editors and `echo` leave a line end behind that is no part of the secret.
      return sources.file(name).replace(/\r?\n$/, '');
    } catch (error) {
      return problem(`the file of a secret cannot be read: ${(error as Error).message}`);
    }
  };
  return { value: resolve(value, []), secrets: [...secrets], problems };
}

/** What stands for a secret. */
export const REDACTED = '[redacted]';

/** Shorter ones would take half of every message with them. */
const SHORTEST_SECRET = 4;

/** Fewer letters of base64 stand in ordinary words, too. */
const SHORTEST_BASE64 = 8;

/** What stands for a text in base64 of something longer that has it inside, `user:password` for one: three ways, by where it begins. */
function withinBase64(text: string): string[] {
  return [0, 1, 2]
    .map((before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
      const letters = bytes.toString('base64').replace(/=+$/, '');
      // The letters at both ends also hold bits of what stands beside it.
      return letters.slice(before === 0 ? 0 : before + 1, bytes.length % 3 === 0 ? undefined : -1);
    })
    .filter(({ length }) => length >= SHORTEST_BASE64);
}

/** A function that takes secrets out of texts, also where they stand as part of an address, in base64 or within JSON. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(Buffer.from(secret).toString('base64'));
    for (const part of withinBase64(secret)) forms.add(part);
    if (URL.canParse(secret)) {
      const { href, pathname, search } = new URL(secret);
      forms.add(href);
      // An error often names the path only, which is where a webhook's secret is.
      if (pathname.length > SHORTEST_SECRET) forms.add(pathname + search).add(pathname);
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
}

type Settings = Readonly<Record<string, unknown>>;

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parameters of addresses whose value is a secret. */
const SECRET_NAME = /auth|cookie|credential|key|pass|secret|session|signature|token|^sig$/i;

/** User and password in an address. */
const USER = /(\w:\/\/)([^/@\s]*)@/g;
/** A parameter of an address. */
const PARAMETER = /([?&])([^=&#\s]+)=([^&#\s]+)/g;

/**
 * Secrets that stand in settings themselves: what is declared to be secret (of maps, all values), and passwords and parameters with telling names in addresses.
 *
 * @param declared Keys of the settings that are secrets as a whole.
 */
export function literalSecrets(settings: Settings, declared: readonly string[]): string[] {
  return [...declared.flatMap((key) => secretsIn(settings[key])), ...secretsOfAddresses(settings)];
}

/** Settings as people may see them. */
export function withoutSecrets(settings: Settings, declared: readonly string[]): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      declared.includes(key) ? hidden(value) : withoutSecretsOfAddresses(value),
    ]),
  );
}

function secretsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (!isSettings(value)) return [];
  return Object.values(value).flatMap((entry) => (typeof entry === 'string' ? [entry] : []));
}

function hidden(value: unknown): unknown {
  if (!isSettings(value)) return REDACTED;
  return Object.fromEntries(Object.keys(value).map((name) => [name, REDACTED]));
}

function secretsOfAddresses(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(secretsOfAddresses);
  if (typeof value !== 'string') return [];
  const users = [...value.matchAll(USER)].flatMap(([, , user = '']) => [
    user,
    user.slice(user.indexOf(':') + 1),
  ]);
  const parameters = [...value.matchAll(PARAMETER)].flatMap(([, , name = '', secret = '']) =>
    SECRET_NAME.test(name) ? [secret] : [],
  );
  return [...users, ...parameters].flatMap((secret) => [secret, decoded(secret)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutSecretsOfAddresses(value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replace(USER, `$1${REDACTED}@`)
      .replace(PARAMETER, (all: string, sign: string, name: string) =>
        SECRET_NAME.test(name) ? `${sign}${name}=${REDACTED}` : all,
      );
  if (Array.isArray(value)) return value.map(withoutSecretsOfAddresses);
  if (!isSettings(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, withoutSecretsOfAddresses(entry)]),
  );
}
