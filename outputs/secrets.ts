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

/** A function that takes secrets out of texts, also where they stand as part of an address, in base64 or within JSON. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(Buffer.from(secret).toString('base64'));
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
