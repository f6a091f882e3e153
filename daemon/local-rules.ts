import {
  CarriedFields,
  DEFAULT_ALERT_FORMAT,
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
} from '../engine/index.ts';
import { engineValue, readAlert, type FieldJson, type RoutedAlert } from '../outputs/index.ts';
import { carriedFields, engineLanguage, loadRules, needsOf, type LoadedRule } from '../rules/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import { readRuleFiles } from './rule-files.ts';
import { loadSelectedRules, runRules, type RunningRules } from './rules.ts';

/** What loading local rules gave. */
export interface LocalRulesResult {
  /** Undefined if a file has an error. */
  readonly rules: LocalRules | undefined;
  /** Errors first; warnings of fields that do not travel among them. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Loads rules that are evaluated on the alerts of a feed rule (`tiercel feed-rule`): each stands for an event. Throws a `DiagnosticError` for what cannot be read.
 *
 * @param feed Rule files with the feed rule, if they are at hand: fields that it does not carry are told at once, instead of with the first event.
 */
export async function loadLocalRules(
  paths: readonly string[],
  config: FalcoConfig,
  feed: readonly string[] = [],
): Promise<LocalRulesResult> {
  const fields = new CarriedFields();
  const { loaded, lookup, running } = await loadSelectedRules(paths, config, (found) => fields.over(found));
  if (loaded.diagnostics.some(({ severity }) => severity === 'error'))
    return { rules: undefined, diagnostics: loaded.diagnostics };
  const rules = new LocalRules(fields, running, lookup, config);
  const feedFiles = readRuleFiles(feed);
  const read = loadRules(feedFiles, engineLanguage);
  const carried = carriedFields(read.rules);
  const missing = carried === undefined ? [] : rules.missing([...carried].map(fromBytes));
  return {
    rules,
    diagnostics: [
      ...read.diagnostics.filter(({ severity }) => severity === 'error'),
      ...loaded.diagnostics,
      ...rules.left,
      ...missing,
    ],
  };
}

/** Rules that read the alerts of a feed rule as events. */
export class LocalRules {
  /** Warnings of fields that do not travel in alerts at all. */
  readonly left: readonly Diagnostic[];
  readonly #fields: CarriedFields;
  readonly #loaded: readonly LoadedRule[];
  readonly #lookup: FieldLookup;
  readonly #running: RunningRules;
  readonly #format: AlertFormat;
  readonly #values = new LazyValues();

  /** @param loaded Rules whose fields are those of `fields`. */
  constructor(
    fields: CarriedFields,
    loaded: readonly LoadedRule[],
    lookup: FieldLookup,
    config: FalcoConfig,
  ) {
    this.#fields = fields;
    this.#loaded = loaded;
    this.#lookup = lookup;
    this.#running = runRules(loaded, config);
    this.#format = { ...DEFAULT_ALERT_FORMAT, json: true, iso8601: config.time_format_iso_8601 };
    this.left = loaded.flatMap((rule) =>
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
    const matches = this.#running.engine.match(this.#fields.event);
    if (matches.length === 0) return NO_ALERTS;
    const hostname = toBytes(event.hostname);
    return Array.from(matches, (index) => {
      const alert = makeAlert(this.#running.alerts[index]!, this.#fields.event, hostname);
      return readAlert(fromBytes(formatAlert(alert, this.#format)), event);
    });
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

const NO_ALERTS: readonly RoutedAlert[] = [];

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
