/** Conditions over alerts, in Falco's language. */
import {
  ALERT_FIELD_NAMES,
  allFields,
  compileCondition,
  ConditionError,
  didYouMean,
  editDistance,
  evaluate,
  Event,
  fieldsIn,
  findField,
  fromBytes,
  parse,
  toBytes,
  AlertRecord,
  type ByteString,
  type Expr,
  type FieldLookup,
} from '../../engine/index.ts';
import type { RoutedAlert } from '../alert.ts';
import { AlertSubject } from './alert-subject.ts';
import type { RouteProblem } from './problem.ts';

/** A condition that can be asked about alerts. */
export interface AlertCondition {
  /** As written. */
  readonly text: string;
  matches(alert: RoutedAlert): boolean;
}

export type ConditionVerdict =
  | { readonly condition: AlertCondition; readonly warnings: readonly RouteProblem[] }
  | { readonly problem: RouteProblem };

/** Compiles conditions over alerts. All of one compiler are asked about one alert at a time, which is read once for them. */
export class AlertConditions {
  readonly #subject = new AlertSubject();
  readonly #record = new AlertRecord();
  readonly #event = new Event();

  constructor() {
    this.#record.values = this.#subject;
  }

  /** Finds the fields of the alert that is asked about. */
  readonly bind: FieldLookup = (name, arg) => this.#record.bind(name, arg);

  /** The alert that fields are read from. */
  set alert(alert: RoutedAlert) {
    this.#subject.alert = alert;
  }

  /** @param path Leads to the condition in the settings, for problems. */
  compile(text: string, path: RouteProblem['path']): ConditionVerdict {
    try {
      const expr = parseAlertCondition(toBytes(text));
      const { tree } = compileCondition(expr, this.bind);
      const matches = (alert: RoutedAlert): boolean => {
        this.#subject.alert = alert;
        return evaluate(tree, this.#event);
      };
      return {
        condition: { text, matches },
        warnings: doubtfulFields(expr, text).map((warning) => ({ ...warning, severity: 'warning', path })),
      };
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      return { problem: { path, severity: 'error', ...explain(error, text) } };
    }
  }
}

/** Parses a condition over alerts. Throws a `ConditionError`. */
export const parseAlertCondition = (text: ByteString): Expr =>
  parse(text, { plainFields: ALERT_FIELD_NAMES });

const FIELD_NAMES: readonly string[] = allFields.flatMap(({ fields }) =>
  fields.filter(({ hidden, filterOnly }) => !hidden && !filterOnly).map(({ name }) => name),
);
const OWN_NAMES = [...ALERT_FIELD_NAMES];

type Explained = Pick<RouteProblem, 'message' | 'hint' | 'at'>;

function explain({ message, position }: ConditionError, text: string): Explained {
  const bytes = toBytes(text);
  // The parser stands behind a name that it took for that of a macro.
  const before = /([A-Za-z]\w*)[ \t\b\n\r]*$/.exec(bytes.slice(0, position.index));
  const behind = /^[ \t\b\n\r]*([A-Za-z]\w*)/.exec(bytes.slice(position.index));
  const unknown = /^unexpected token after/.test(message)
    ? before && { name: before[1]!, index: before.index }
    : /unexpected identifier/.test(message)
      ? behind && { name: behind[1]!, index: bytes.indexOf(behind[1]!, position.index) }
      : undefined;
  if (unknown && !['and', 'or', 'not'].includes(unknown.name) && !/^\w*\./.test(bytes.slice(unknown.index)))
    return {
      message: `there is no field ${unknown.name}`,
      hint:
        didYouMean(unknown.name, [...OWN_NAMES, ...FIELD_NAMES]) ??
        `fields without a dot are ${OWN_NAMES.filter((name) => name !== 'output_fields').join(', ')}; others of the alert are written output_fields[${unknown.name}]`,
      at: charactersAt(text, unknown.index, unknown.name.length),
    };
  const hint = hintOf(message);
  // Checks begin before the blanks that they begin with; behind the end, the last character is shown.
  const blanks = /^[ \t\b\n\r]*/.exec(bytes.slice(position.index))![0].length;
  const index = Math.max(0, Math.min(position.index + blanks, bytes.length - 1));
  return {
    message: fromBytes(
      message.replace(/^filter error: /, '').replace(/^filter_check called with/, 'there is a'),
    ),
    ...(hint !== undefined && { hint }),
    at: charactersAt(text, index, /^[\w.]+/.exec(bytes.slice(index))?.[0].length ?? 1),
  };
}

function hintOf(message: string): string | undefined {
  const [, priority] = /^'(.*)' is no priority/.exec(message) ?? [];
  if (priority !== undefined)
    return didYouMean(priority, [
      'debug',
      'informational',
      'notice',
      'warning',
      'error',
      'critical',
      'alert',
      'emergency',
    ]);
  if (message.includes('list filters')) return 'write `tags intersects (a, b)`, or `tags in (a, b)`';
  return undefined;
}

/** Places of bytes as characters. */
function charactersAt(text: string, index: number, length: number): { index: number; length: number } {
  const bytes = toBytes(text);
  const start = fromBytes(bytes.slice(0, index)).length;
  return { index: start, length: Math.max(1, fromBytes(bytes.slice(index, index + length)).length) };
}

/** Names with a dot that Falco does not know, and that are nearly those of fields: likely misspelt. */
function doubtfulFields(expr: Expr, text: string): readonly Explained[] {
  const bytes = toBytes(text);
  return fieldsIn(expr).flatMap(({ name, position }) => {
    const hint = doubtOf(name);
    if (hint === undefined) return [];
    const at = charactersAt(text, bytes.indexOf(name, position.index), name.length);
    return [{ message: `Falco has no field ${name}: it is taken for one of the alert's own`, hint, at }];
  });
}

/** A hint for a name of a field that is nearly that of another; undefined for others. */
export function doubtOf(name: string): string | undefined {
  const plain = name.replace(/\[[^]*$/, '');
  if (findField(plain) !== undefined || ALERT_FIELD_NAMES.has(plain)) return undefined;
  const known = plain.includes('.') ? FIELD_NAMES : OWN_NAMES;
  const isArgument = known.some((field) => plain.startsWith(`${field}.`));
  if (isArgument) return undefined;
  const near = known.filter((field) => isMisspelt(plain, field));
  return near.length === 0 ? undefined : didYouMean(plain, near);
}

/** Plug-ins have names that are like Falco's: only one part may differ, by a letter, or two if it is long. */
function isMisspelt(name: string, field: string): boolean {
  const parts = name.split('.');
  const others = field.split('.');
  if (parts.length !== others.length) return false;
  const [at, ...more] = parts.flatMap((part, i) => (part === others[i] ? [] : [i]));
  if (at === undefined || more.length > 0) return false;
  return editDistance(parts[at]!, others[at]!, others[at]!.length >= 6 ? 2 : 1) !== undefined;
}
