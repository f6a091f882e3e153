import {
  CarriedFields,
  DEFAULT_ALERT_FORMAT,
  didYouMean,
  formatAlert,
  fromBytes,
  makeAlert,
  toBytes,
  type AlertFormat,
  type ByteString,
  type CarriedValues,
  type Diagnostic,
  type FieldLookup,
  type JsonValue,
  type Source,
} from '../engine/index.ts';
import { engineValue, readAlert, type FieldJson, type RoutedAlert } from '../outputs/index.ts';
import { carriedFields, engineLanguage, loadRules, needsOf, type LoadedRule } from '../rules/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import { readRuleFiles } from './rule-files.ts';
import { builtInSources, sourceNamed } from '../sources/index.ts';
import { loadPlugins } from './plugins.ts';
import { loadSelectedRules, runRules, type RunningRules } from './rules.ts';
import type { RecordReader } from './inputs/index.ts';
import { SourceEvents } from './source-events.ts';

/** What loading local rules gave. */
export interface LocalRulesResult {
  /** Undefined if a file has an error. */
  readonly rules: LocalRules | undefined;
  /** Errors first; warnings of fields that do not travel among them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How local rules are loaded. */
export interface LocalRulesOptions {
  /** Rule files with the feed rule, if they are at hand: fields that it does not carry are told at once, instead of with the first event. */
  readonly feed?: readonly string[];
  /** The sources whose events will come, by name. */
  readonly sources?: readonly string[];
  /** What alerts of events of sources have as host. */
  readonly hostname?: string;
  /** Is told, with the first event of a feed, of the fields that it does not carry. */
  readonly onMissing?: (missing: readonly Diagnostic[]) => void;
}

/**
 * Loads rules that are evaluated on the alerts of a feed rule (`tiercel feed-rule`): each stands for an event; and on the events of sources. Throws a `DiagnosticError`
 * for what cannot be read.
 */
export async function loadLocalRules(
  paths: readonly string[],
  config: FalcoConfig,
  { feed = [], sources: names = [], hostname = '', onMissing }: LocalRulesOptions = {},
): Promise<LocalRulesResult> {
  const fields = new CarriedFields();
  const { loaded, lookup, running, sources } = await loadSelectedRules(paths, config, (found) =>
    fields.over(found),
  );
  if (loaded.diagnostics.some(({ severity }) => severity === 'error'))
    return { rules: undefined, diagnostics: loaded.diagnostics };
  const plugins = await loadPlugins(config);
  const missingSources: Diagnostic[] = [];
  const ofInputs = new Map<string, Source>();
  for (const name of names) {
    const source = sources.find((one) => one.name === name) ?? (await sourceNamed(name));
    if (source === undefined)
      return { rules: undefined, diagnostics: [unknownSource(name, plugins.sources)] };
    ofInputs.set(name, source);
    if (!running.some((rule) => rule.source === name)) missingSources.push(sourceWithoutRules(name));
  }
  const rules = new LocalRules(fields, running, lookup, config, {
    sources: ofInputs,
    params: plugins.params,
    hostname,
    ...(onMissing && { onMissing }),
  });
  const feedFiles = readRuleFiles(feed);
  const read = loadRules(feedFiles, engineLanguage);
  const carried = carriedFields(read.rules);
  const missing = carried === undefined ? [] : rules.missing([...carried].map(fromBytes));
  return {
    rules,
    diagnostics: [
      ...read.diagnostics.filter(({ severity }) => severity === 'error'),
      ...loaded.diagnostics,
      ...missingSources,
      ...rules.left,
      ...missing,
    ],
  };
}

/** What rules are set up with beside alerts of a feed rule: the sources whose events come, too. */
interface LocalRulesSetup extends Pick<LocalRulesOptions, 'hostname' | 'onMissing'> {
  /** By name. */
  readonly sources?: ReadonlyMap<string, Source>;
  /** What they are opened with, by name. */
  readonly params?: ReadonlyMap<string, string>;
}

/** Rules that read the alerts of a feed rule as events, and events of sources. */
export class LocalRules {
  /** Warnings of fields that do not travel in alerts at all. */
  readonly left: readonly Diagnostic[];
  readonly #fields: CarriedFields;
  readonly #loaded: readonly LoadedRule[];
  readonly #lookup: FieldLookup;
  readonly #running: RunningRules;
  readonly #format: AlertFormat;
  readonly #values = new LazyValues();
  readonly #onMissing: LocalRulesOptions['onMissing'];
  /** Feed rules whose fields were looked at. */
  readonly #feeds = new Set<string>();
  readonly #readers: ReadonlyMap<string, RecordReader>;

  /** @param loaded Rules whose fields are those of `fields`. */
  constructor(
    fields: CarriedFields,
    loaded: readonly LoadedRule[],
    lookup: FieldLookup,
    config: FalcoConfig,
    { sources = new Map(), params = new Map(), hostname = '', onMissing }: LocalRulesSetup = {},
  ) {
    this.#fields = fields;
    this.#onMissing = onMissing;
    // Only these read what an alert carries.
    this.#loaded = loaded.filter(({ source }) => source === 'syscall');
    this.#lookup = lookup;
    this.#running = runRules(loaded, config);
    this.#format = { ...DEFAULT_ALERT_FORMAT, json: true, iso8601: config.time_format_iso_8601 };
    const setup = { rules: this.#running, format: this.#format, hostname: toBytes(hostname) };
    this.#readers = new Map(
      [...sources].map(([name, source]) => {
        const opened = params.get(name);
        return [
          name,
          new SourceEvents(source, { ...setup, ...(opened !== undefined && { params: opened }) }),
        ] as const;
      }),
    );
    this.left = this.#loaded.flatMap((rule) =>
      needsOf(rule, lookup).flatMap(({ key, use, carriage }) =>
        'why' in carriage
          ? [
              warning(
                rule,
                'LOCAL_FIELD_LEFT',
                `${subject(rule, use)} reads ${fromBytes(key)}, which does not travel in alerts: ${carriage.why}`,
                'it is absent here; a rule that needs it belongs into Falco',
              ),
            ]
          : [],
      ),
    );
  }

  /**
   * The alerts that the rules make of an alert of a feed rule, as Falco would print them. None if it does not say its `evt.type`, as alerts of other rules may not.
   */
  evaluate(event: RoutedAlert): readonly RoutedAlert[] {
    this.#values.fields = event.fields;
    if (!this.#fields.point(this.#values, nanoseconds(event))) return NO_ALERTS;
    if (!this.#feeds.has(event.rule)) this.#meet(event);
    const matches = this.#running.engine.match(this.#fields.event);
    if (matches.length === 0) return NO_ALERTS;
    const hostname = toBytes(event.hostname);
    return Array.from(matches, (index) => {
      const alert = makeAlert(this.#running.alerts[index]!, this.#fields.event, hostname);
      return readAlert(fromBytes(formatAlert(alert, this.#format)), event, Infinity);
    });
  }

  /** The first event of a feed says what it carries: what an event does not have is null there, not left out. */
  #meet({ rule, fields }: RoutedAlert): void {
    if (this.#feeds.size < MOST_FEEDS) this.#feeds.add(rule);
    else return;
    const missing = this.missing(fields.keys());
    if (missing.length > 0) this.#onMissing?.(missing);
  }

  /** Reads records of a source that was asked for. */
  records(source: string): RecordReader | undefined {
    return this.#readers.get(source);
  }

  /** One warning for each rule that reads fields which are not among those of a feed (the keys of `output_fields`). */
  missing(carried: Iterable<string>): readonly Diagnostic[] {
    const there = new Set<ByteString>([...carried].map(toBytes));
    return this.#loaded.flatMap((rule) =>
      (['condition', 'output'] as const).flatMap((use) => {
        const needed = needsOf(rule, this.#lookup).flatMap(({ use: of, carriage }) =>
          of === use && 'needs' in carriage ? carriage.needs : [],
        );
        const lost = [...new Set(needed)].filter((key) => !there.has(key));
        return lost.length === 0
          ? []
          : [
              warning(
                rule,
                'LOCAL_FIELD_MISSING',
                `${subject(rule, use)} reads ${lost.map(fromBytes).join(', ')}, which the feed does not carry`,
                'write the feed rule anew with tiercel feed-rule, and load it into Falco',
              ),
            ];
      }),
    );
  }
}

/** The fields of an alert, made the engine's own when they are asked for: rules ask for few of them. */
class LazyValues implements CarriedValues {
  fields: ReadonlyMap<string, FieldJson> = new Map();

  get(key: ByteString): JsonValue | undefined {
    const value = this.fields.get(onlyAscii.test(key) ? key : fromBytes(key));
    return value === undefined ? undefined : engineValue(value);
  }
}
const onlyAscii = /^[\0-\x7f]*$/;

/** More rules than this feed nobody: what comes says of which rule it is. */
const MOST_FEEDS = 100;

const NO_ALERTS: readonly RoutedAlert[] = [];

function unknownSource(name: string, loaded: readonly Source[]): Diagnostic {
  const known = [...new Set([...builtInSources, ...loaded].map((source) => fromBytes(source.name)))];
  return {
    code: 'LOCAL_SOURCE_UNKNOWN',
    severity: 'error',
    message: `an input brings events of the source ${name}, which is not known`,
    hint: didYouMean(name, known) ?? `known are ${known.join(', ')}; others are loaded with \`plugins\``,
  };
}

const sourceWithoutRules = (name: string): Diagnostic => ({
  code: 'LOCAL_SOURCE_WITHOUT_RULES',
  severity: 'warning',
  message: `an input brings events of the source ${name}, and no rule is about it: nothing will come of them`,
  hint: 'name files with such rules under `rules_files`',
});

const subject = ({ name }: LoadedRule, use: string): string => `the ${use} of "${fromBytes(name)}"`;

function warning({ definition }: LoadedRule, code: string, message: string, hint: string): Diagnostic {
  const { file, location } = definition.context;
  const { line, column } = location.place;
  return {
    code,
    severity: 'warning',
    message,
    hint,
    file: fromBytes(file),
    line: line + 1,
    column: column + 1,
  };
}

/** The time of an alert, which is that of its event. */
function nanoseconds({ time, received }: RoutedAlert): bigint {
  const [, whole = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(time) ?? [];
  const milliseconds = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(milliseconds)) return BigInt(received) * 1_000_000n;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
