/** Reads what test files say of alerts and of where they must go. */
import { fromBytes, type SourcePlace } from '../../engine/index.ts';
import type { YamlNode } from '../yaml/node.ts';
import { childOf, type Path, type TestDocument } from './document.ts';
import { fieldOfKey, PlacedFact, readValue } from './field-value.ts';
import { patched } from './expand.ts';
import type { Problem } from './problem.ts';
import { readOutput } from './read-output.ts';
import type { Fact, FactValue } from './scene/index.ts';
import {
  isFieldKey,
  type RawContent,
  type RawDelivery,
  type RawExpectation,
  type RawRoutedAlert,
} from './schema.ts';
import type {
  AlertContent,
  ExpectedDelivery,
  ExpectedHold,
  ExpectedRouting,
  GivenAlert,
  OutputExpectation,
} from './test-file.ts';
import { readMoment, readTime, START, STEP } from './time.ts';

type Report = (problem: Problem) => void;

/** More alerts than anybody means. */
const MOST_ALERTS = 100_000;

/** The alerts of a test, and the time from which others count: nanoseconds since 1970. */
export interface GivenAlerts {
  readonly alerts: readonly GivenAlert[];
  readonly origin: bigint;
}

/** Reads the alerts of a test. What is in `base` is said by all of them. */
export function readAlerts(
  raw: readonly RawRoutedAlert[],
  base: RawContent,
  path: Path,
  document: TestDocument,
  report: Report,
): GivenAlerts {
  return new AlertsReader(base, path, document, report).read(raw);
}

class AlertsReader {
  readonly #base: RawContent;
  readonly #path: Path;
  readonly #document: TestDocument;
  readonly #report: Report;
  readonly #baseKeys: readonly Fact[];
  readonly #baseFields: readonly Fact[];
  /** When the first and the last alert come. */
  #first: bigint | undefined;
  #last: bigint | undefined;

  constructor(base: RawContent, path: Path, document: TestDocument, report: Report) {
    this.#base = base;
    this.#path = path;
    this.#document = document;
    this.#report = report;
    this.#baseKeys = this.#keys([...path, 'base']);
    this.#baseFields = patched(this.#outputFields([...path, 'base']), this.#baseKeys);
  }

  read(raw: readonly RawRoutedAlert[]): GivenAlerts {
    const alerts: GivenAlert[] = [];
    raw.forEach((one, i) => {
      const path = [...this.#path, 'alerts', i];
      const { count = 1, every } = one;
      const pause = every === undefined ? STEP : this.#span(every, [...path, 'every']);
      if (alerts.length + count > MOST_ALERTS) {
        this.#fail(`count: these are more than ${MOST_ALERTS} alerts`, [...path, 'count']);
        return;
      }
      const alert = this.#alert(one, path);
      for (let n = 0; n < count; n++) alerts.push({ ...alert, at: alert.at + BigInt(n) * pause });
      this.#last = alerts.at(-1)!.at;
    });
    return { alerts, origin: this.#first ?? START };
  }

  #fail(message: string, path: Path, hint?: string): void {
    this.#report({ code: 'TEST_SHAPE', message, place: this.#document.placeAt(path), hint });
  }

  #alert(raw: RawRoutedAlert, path: Path): GivenAlert {
    const document = this.#document;
    const said: RawContent = { ...this.#base, ...raw };
    const keys = this.#keys(path);
    const content: AlertContent = {
      rule: said.rule ?? '',
      priority: said.priority ?? 'Notice',
      source: said.source ?? 'syscall',
      hostname: said.hostname ?? '',
      tags: said.tags ?? [],
      output: said.output ?? '',
      fields: patched(this.#baseFields, this.#outputFields(path), keys),
      input: said.input ?? '',
      time: said.time,
    };
    if (said.time !== undefined && readMoment(said.time) === undefined)
      this.#fail(
        `time: expected a time with its zone such as 2026-01-31T18:00:00Z, found "${said.time}"`,
        raw.time === undefined ? [...this.#path, 'base', 'time'] : [...path, 'time'],
      );
    return {
      place: document.placeAt(path),
      content,
      keys: [...this.#baseKeys, ...keys],
      at: this.#time(raw, path),
      outputs: this.#outputs(raw.outputs, [...path, 'outputs']),
      heldBack: raw.held_back === undefined ? undefined : this.#holds(raw.held_back, [...path, 'held_back']),
    };
  }

  #time({ at, after }: Pick<RawRoutedAlert, 'at' | 'after'>, path: Path): bigint {
    const last = this.#last;
    if (at !== undefined && after !== undefined)
      this.#fail('after: there is `at` already', [...path, 'after'], 'one of both says when the alert comes');
    if (after !== undefined) {
      const span = this.#span(after, [...path, 'after']);
      if (last === undefined)
        this.#fail('after: there is no alert before this one', [...path, 'after'], 'the first has `at`');
      return (last ?? START) + span;
    }
    if (at === undefined) {
      const time = last === undefined ? START : last + STEP;
      this.#first ??= time;
      return time;
    }
    const relative = readTime(at);
    const time = relative === undefined ? readMoment(at) : (this.#first ?? START) + relative;
    if (time === undefined)
      this.#fail(
        `at: expected a time like +30s or 2026-01-31T18:00:00Z, found "${at}"`,
        [...path, 'at'],
        'times count from the first alert',
      );
    else if (last !== undefined && time < last)
      this.#fail(
        'at: this is before the alert before it',
        [...path, 'at'],
        'times count from the first alert',
      );
    const found = time ?? last ?? START;
    this.#first ??= relative === undefined ? found : START;
    return found;
  }

  #span(text: string, path: Path): bigint {
    return readSpan(text, path, this.#document, this.#report) ?? 0n;
  }

  /** Fields that stand beside the other keys: they have a dot. */
  #keys(path: Path): readonly Fact[] {
    return readAlertFields(this.#mapAt(path), this.#document, this.#report, isFieldKey);
  }

  #outputFields(path: Path): readonly Fact[] {
    const map = this.#mapAt(path);
    return readAlertFields(map && childOf(map, 'output_fields'), this.#document, this.#report);
  }

  #mapAt(path: Path): YamlNode | undefined {
    return childOf(this.#document.nodeAt(path.slice(0, -1)), path.at(-1)!);
  }

  #outputs(raw: RawRoutedAlert['outputs'], path: Path): readonly ExpectedDelivery[] | undefined {
    if (raw === undefined) return undefined;
    if (raw === 'none') return [];
    if (Array.isArray(raw)) {
      const names: readonly string[] = raw;
      return names.map((outputName, i) => ({
        ...NOTHING_SAID,
        place: this.#document.placeAt([...path, i]),
        outputName,
      }));
    }
    return Object.entries(raw as Record<string, RawDelivery>).map(([name, delivery]) =>
      readDelivery(
        name,
        delivery,
        [...path, name],
        this.#document.placeOfKey(path, name),
        this.#document,
        this.#report,
      ),
    );
  }

  #holds(raw: NonNullable<RawRoutedAlert['held_back']>, path: Path): readonly ExpectedHold[] {
    if (raw === 'none') return [];
    const list = Array.isArray(raw) ? raw : [raw];
    return list.map((hold, i) => ({
      place: this.#document.placeAt(Array.isArray(raw) ? [...path, i] : path),
      stage: typeof hold === 'string' ? hold : hold.stage,
      route: typeof hold === 'string' ? undefined : hold.route,
    }));
  }
}

const NOTHING_SAID = {
  alert: undefined,
  summary: undefined,
  route: undefined,
  at: undefined,
  rule: undefined,
  priority: undefined,
  source: undefined,
  tags: undefined,
  output: undefined,
  fields: [],
  text: undefined,
  settings: undefined,
} as const;

/** Reads `outputs`, `held_back` and `until` under `expect`; undefined if none is there. */
export function readRoutedTo(
  raw: Extract<RawExpectation, { count?: unknown }>,
  path: Path,
  document: TestDocument,
  report: Report,
): ExpectedRouting | undefined {
  const { outputs, held_back: heldBack, until } = raw;
  if (outputs === undefined && heldBack === undefined) {
    if (until !== undefined)
      report({
        code: 'TEST_SHAPE',
        message: 'until: this is for `outputs` and `held_back`',
        place: document.placeOfKey(path, 'until'),
      });
    return undefined;
  }
  return {
    place: document.placeAt(path),
    outputs:
      outputs &&
      Object.entries(outputs).map(([name, gets]): OutputExpectation => {
        const at = [...path, 'outputs', name];
        return {
          output: name,
          place: document.placeOfKey([...path, 'outputs'], name),
          gets:
            gets === 'none'
              ? 0
              : typeof gets === 'object'
                ? gets.flatMap((one, i) => readDeliveries(name, one, [...at, i], document, report))
                : gets,
        };
      }),
    heldBack: Object.entries(heldBack ?? {}).map(([stage, count]) => ({
      stage,
      count,
      place: document.placeOfKey([...path, 'held_back'], stage),
    })),
    until: until === undefined ? undefined : readSpan(until, [...path, 'until'], document, report),
  };
}

function readDeliveries(
  output: string,
  raw: RawDelivery,
  path: Path,
  document: TestDocument,
  report: Report,
): readonly ExpectedDelivery[] {
  const delivery = readDelivery(output, raw, path, document.placeAt(path), document, report);
  return Array.from({ length: raw.count ?? 1 }, () => delivery);
}

function readDelivery(
  outputName: string,
  raw: RawDelivery,
  path: Path,
  place: SourcePlace,
  document: TestDocument,
  report: Report,
): ExpectedDelivery {
  const { at, fields } = raw;
  return {
    place,
    outputName,
    alert: raw.alert,
    summary: raw.summary,
    route: raw.route,
    at: at === undefined ? undefined : readSpan(at, [...path, 'at'], document, report),
    rule: raw.rule,
    priority: raw.priority,
    source: raw.source,
    tags: raw.tags,
    output: readOutput(raw.output, [...path, 'output'], document, report),
    fields:
      fields === undefined ? [] : readAlertFields(document.nodeAt([...path, 'fields']), document, report),
    text: readOutput(raw.text, [...path, 'text'], document, report),
    settings: raw.settings,
  };
}

function readSpan(text: string, path: Path, document: TestDocument, report: Report): bigint | undefined {
  const span = readTime(text);
  if (span === undefined)
    report({
      code: 'TEST_SHAPE',
      message: `${String(path.at(-1))}: expected a time like +30s or 10m, found "${text}"`,
      place: document.placeAt(path),
    });
  return span;
}

/**
 * The fields of an alert, which may have any name. A field of Falco has the type that it has there; what another one holds is read as YAML has it: a number,
 * `true` or `false`, or text.
 */
function readAlertFields(
  map: YamlNode | undefined,
  document: TestDocument,
  report: Report,
  isWanted: (key: string) => boolean = () => true,
): readonly Fact[] {
  if (map?.kind !== 'map') return [];
  return map.pairs.flatMap(([key, node]) => {
    if (key.kind !== 'scalar' || !isWanted(key.value)) return [];
    const name = fromBytes(key.value);
    const type = fieldOfKey(name)?.field.type;
    const value = type === undefined ? plainValue(node, document) : readValue(node, type);
    if (value !== undefined) return [new PlacedFact(name, value, document, key)];
    report({
      code: 'TEST_FIELD_VALUE',
      message:
        type === undefined
          ? `${name} is a map, expected a value or a list`
          : `this is no value of ${name}, whose type is ${type}`,
      place: document.placeOf(node),
    });
    return [];
  });
}

function plainValue(node: YamlNode, document: TestDocument): FactValue | undefined {
  if (node.kind === 'null') return null;
  if (node.kind === 'map') return undefined;
  if (node.kind === 'sequence') {
    const values = node.items.map((item) => plainValue(item, document));
    return values.every((value) => value !== undefined) ? values : undefined;
  }
  const text = fromBytes(node.value);
  if (/["']/.test(document.text[node.mark.offset] ?? '')) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d{1,19}$/.test(text)) {
    const number = BigInt(text);
    return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
  }
  return /^-?\d+\.\d+$/.test(text) ? Number(text) : text;
}
