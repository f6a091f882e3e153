import type * as z from 'zod';
import { nearestNames } from '../engine/index.ts';
import type { RoutedAlert } from './alert.ts';
import { alertText, type AlertText } from './alert-text.ts';
import { kindNamed, KINDS } from './kinds/index.ts';
import {
  commonSettings,
  type CommonSettings,
  type OutputKind,
  type OutputPlace,
  type RouteInfo,
  type Sender,
} from './output.ts';
import { withEnvironment } from './output-settings.ts';
import { problemsOf as settingProblems } from './routes/read.ts';
import {
  literalSecrets,
  redactor,
  resolveSecrets,
  withoutSecrets,
  type SecretSources,
  type SettingProblem,
} from './secrets.ts';
import { TemplateError } from './template.ts';

/** An output as tiercel.yaml has it, checked. */
export interface ConfiguredOutput {
  readonly name: string;
  readonly kind: OutputKind;
  readonly common: CommonSettings;
  /** Its own settings as the file has them, with secrets and references to them redacted: for logs, `/config` and `tiercel config`. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** The text of an alert for this output and route: `Delivery.text`. */
  readonly text: (alert: RoutedAlert, route: RouteInfo) => string;
  /** Takes its secrets out of a text. */
  readonly redact: (text: string) => string;
  open(place: Pick<OutputPlace, 'path' | 'log'>): Promise<Sender>;
}

/** Checks the settings of one output: common ones and those of its kind stand side by side. */
export function configureOutput(
  raw: unknown,
  sources: SecretSources,
): { readonly output: ConfiguredOutput } | { readonly problems: readonly SettingProblem[] } {
  if (!isSettings(raw)) return wrong([], 'an output is a set of keys', 'write `- kind: stdout`');
  const { kind: name } = raw;
  const names = KINDS.map(({ kind }) => kind);
  const known = `known are ${names.join(', ')}`;
  if (typeof name !== 'string') return wrong([], 'an output has no kind', known);
  const kind = kindNamed(name);
  if (kind === undefined) {
    const near = nearestNames(name, names);
    return wrong(
      ['kind'],
      `there is no output kind ${name}`,
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : known,
    );
  }
  const { value, secrets, problems } = resolveSecrets(raw, sources);
  if (problems.length > 0) return { problems };
  const output = typeof raw['name'] === 'string' ? raw['name'] : name;
  const overlaid = withEnvironment(value as Settings, kind, output, sources.env);
  return checked(kind, overlaid.settings, raw, [...secrets, ...overlaid.secrets]);
}

type Settings = Readonly<Record<string, unknown>>;

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (path: readonly string[], message: string, hint?: string) => ({
  problems: [{ path, message, ...(hint && { hint }) }],
});

function checked(kind: OutputKind, settings: Settings, raw: Settings, referenced: readonly string[]) {
  const commonSchema = commonSettings(kind);
  const shared: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings))
    (key in commonSchema.shape ? shared : own)[key] = value;
  const common = commonSchema.safeParse(shared);
  const config = kind.config.safeParse(own);
  if (!common.success || !config.success) {
    const known = [...Object.keys(commonSchema.shape), ...Object.keys(kind.config.shape)];
    const redact = redactor(referenced);
    const hides = ([key]: SettingProblem['path']): boolean => kind.secrets.includes(key as never);
    const problems = [
      ...(common.error?.issues ?? []).flatMap((issue) => problemsOf(issue, commonSchema, shared, known)),
      ...(config.error?.issues ?? []).flatMap((issue) => problemsOf(issue, kind.config, own, known)),
    ].map((one) => (hides(one.path) ? { ...one, message: one.message.replace(/, found .*$/s, '') } : one));
    return { problems: problems.map(({ message, ...rest }) => ({ ...rest, message: redact(message) })) };
  }
  let text: AlertText;
  try {
    text = alertText(common.data, kind.escape?.(config.data));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return wrong(['template'], `${error.message} (character ${error.at + 1})`, error.hint);
  }
  const redact = redactor([...referenced, ...literalSecrets(own, kind.secrets)]);
  const output: ConfiguredOutput = {
    name: common.data.name,
    kind,
    common: common.data,
    shown: withoutSecrets(raw, kind.secrets),
    text,
    redact,
    open: async (place) => kind.open(config.data, { ...place, name: common.data.name, redact }),
  };
  return { output };
}

/** What is wrong with settings. Those of the kind and those that all have stand beside one another: a key may be meant for either. */
function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  raw: unknown,
  known: readonly string[],
): SettingProblem[] {
  if (issue.code !== 'unrecognized_keys')
    return settingProblems(issue, schema, raw).map(({ path, message, hint }) => ({
      path,
      message,
      ...(hint !== undefined && { hint }),
    }));
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  return issue.keys.map((key) => {
    const near = path.length === 0 ? nearestNames(key, known) : [];
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : undefined;
    return { path: [...path, key], message: `there is no setting ${key} here`, ...(hint && { hint }) };
  });
}
