/** The settings of outputs: for the reference page and for the environment. */
import { commonSettings, type OutputKind } from './output.ts';
import { settingSchema, settingsIn, type Setting } from './setting-list.ts';

/** The settings that are a kind's own. */
export function ownSettings({ config, secrets }: OutputKind): readonly Setting[] {
  return settingsIn(settingSchema(config), secrets);
}

/** The settings that every kind has; the defaults of `name`, `batch`, `concurrency` and `format` are the kind's. */
export function sharedSettings(
  kind: Pick<OutputKind, 'kind' | 'batch' | 'concurrency' | 'format'>,
): readonly Setting[] {
  return settingsIn(settingSchema(commonSettings(kind)));
}

/** The environment variable that stands for a setting of an output: `TIERCEL_OUTPUTS_SLACK_SEC_WEBHOOK_URL`. */
export function environmentName(output: string, path: readonly string[]): string {
  return ['TIERCEL_OUTPUTS', output, ...path]
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
}

/**
 * The settings of an output with those that the environment sets, which win. Only single values have a variable: no lists, no maps.
 *
 * @returns The settings, and the values of those that are secrets.
 */
export function withEnvironment(
  settings: Readonly<Record<string, unknown>>,
  kind: OutputKind,
  name: string,
  env: (name: string) => string | undefined,
): { readonly settings: Readonly<Record<string, unknown>>; readonly secrets: readonly string[] } {
  const result = structuredClone(settings) as Record<string, unknown>;
  const secrets: string[] = [];
  for (const { path, type, secret } of [...sharedSettings(kind), ...ownSettings(kind)]) {
    const value =
      FIXED.has(path[0]!) || /^(?:list|names|settings)/.test(type)
        ? undefined
        : env(environmentName(name, path));
    if (value === undefined) continue;
    put(result, path, typed(value, type));
    if (secret) secrets.push(value);
  }
  return { settings: result, secrets };
}

/** What an output is known by cannot come from a variable that is named after it. */
const FIXED: ReadonlySet<string> = new Set(['kind', 'name']);

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else {
    const inner = target[key];
    const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    target[key] = next;
    put(next, rest, value);
  }
}

/** A value that is no text is written as in YAML; what does not decode is left to the schema, which says what it expects. */
function typed(value: string, type: string): unknown {
  if (type === 'number') return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
  if (type === '`true`, `false`') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
