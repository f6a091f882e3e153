import { didYouMean } from '../../engine/index.ts';
import {
  literalSecrets,
  problemsOf,
  redactor,
  resolveSecrets,
  withoutSecrets,
  type SecretSources,
  type SettingProblem,
} from '../../outputs/index.ts';
import {
  commonInputSettings,
  INPUT_KINDS,
  inputKindNamed,
  type Input,
  type InputContext,
  type InputKind,
  type InputUse,
} from '../inputs/index.ts';

/** An input as the file has it, checked. */
export interface ConfiguredInput {
  readonly name: string;
  readonly kind: InputKind;
  readonly enabled: boolean;
  readonly as: InputUse;
  /** The source whose events come. */
  readonly source: string | undefined;
  /** Its settings as the kind has them: secrets are in them. */
  readonly settings: unknown;
  /** Its settings as the file has them, with secrets redacted. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** Takes its secrets out of a text. */
  readonly redact: (text: string) => string;
  open(context: Omit<InputContext, 'name'>): Promise<Input>;
}

/** Checks the settings of one input: common ones and those of its kind stand side by side. */
export function configureInput(
  raw: Readonly<Record<string, unknown>>,
  sources: SecretSources,
): { readonly input: ConfiguredInput } | { readonly problems: readonly SettingProblem[] } {
  const kind = typeof raw['kind'] === 'string' ? inputKindNamed(raw['kind']) : undefined;
  if (kind === undefined) return { problems: [unknownKind(raw['kind'])] };
  const { value, secrets, problems } = resolveSecrets(raw, sources);
  if (problems.length > 0) return { problems };

  const shared: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value as Readonly<Record<string, unknown>>))
    (key in commonInputSettings.shape ? shared : own)[key] = entry;
  const common = commonInputSettings.safeParse(shared);
  const config = kind.config.safeParse(own);
  if (!common.success || !config.success) {
    const redact = redactor(secrets);
    const found = [
      ...(common.error
        ? common.error.issues.flatMap((issue) => problemsOf(issue, commonInputSettings, shared))
        : []),
      ...(config.error ? config.error.issues.flatMap((issue) => problemsOf(issue, kind.config, own)) : []),
    ];
    return { problems: found.map((problem) => ({ ...problem, message: redact(problem.message) })) };
  }
  const { name, enabled, source, as = source === undefined ? 'alerts' : 'events' } = common.data;
  if (source !== undefined) {
    const problem = sourceProblem(kind, as, source);
    if (problem !== undefined) return { problems: [problem] };
  }
  const input: ConfiguredInput = {
    name,
    kind,
    enabled,
    as,
    source,
    settings: config.data,
    shown: withoutSecrets(raw, kind.secrets),
    redact: redactor([...secrets, ...literalSecrets(own, kind.secrets)]),
    open: (context) => kind.open(config.data, { ...context, name }),
  };
  return { input };
}

function sourceProblem(
  { kind, takesRecords }: InputKind,
  as: InputUse,
  source: string,
): SettingProblem | undefined {
  if (takesRecords !== true)
    return {
      path: ['source'],
      message: `an input of kind ${kind} brings alerts, and never events of ${source}`,
      hint: `kinds that do: ${INPUT_KINDS.filter((one) => one.takesRecords === true)
        .map((one) => one.kind)
        .join(', ')}`,
    };
  if (as === 'alerts')
    return {
      path: ['as'],
      message: `with \`source: ${source}\`, what comes are events`,
      hint: 'leave `as` away; without `source`, what comes are alerts',
    };
  return undefined;
}

function unknownKind(name: unknown): SettingProblem {
  const names = INPUT_KINDS.map(({ kind }) => kind);
  const known = `known are ${names.join(', ')}`;
  if (typeof name !== 'string') return { path: [], message: 'an input has no kind', hint: known };
  return {
    path: ['kind'],
    message: `there is no input kind ${name}`,
    hint: didYouMean(name, names) ?? known,
  };
}
