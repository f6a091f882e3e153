import type { ByteString } from '../bytes.ts';
import type { BinaryOperator, UnaryOperator } from '../filter/ast.ts';
import { modifiedTest } from '../filter/compare.ts';
import type { FieldLookup } from '../filter/operand.ts';
import { Double, type JsonValue } from '../json.ts';
import { PRIORITIES } from '../ruleset.ts';
import { AlertFields, alertValue, type AlertReader } from './alert-fields.ts';
import type { BoundField, Extracted, Field, FieldClass, FieldError } from './define.ts';
import { findField } from './index.ts';

const none = (): undefined => undefined;

/** How severe a priority is: `debug` 0, `emergency` 7. Names in any case; `info` is one, too. */
export function severityNamed(name: string): number | undefined {
  return SEVERITIES.get(name.toLowerCase());
}
const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ...PRIORITIES.map((name, index) => [name.toLowerCase(), PRIORITIES.length - 1 - index] as const),
  ['info', PRIORITIES.length - 1 - PRIORITIES.indexOf('Informational')],
]);

function severityConstant(text: ByteString): number | FieldError {
  const names = PRIORITIES.map((name) => name.toLowerCase()).reverse();
  return (
    severityNamed(text) ?? {
      error: `'${text}' is no priority: priorities are, from low to high, ${names.join(', ')}`,
    }
  );
}

/** What an alert says about itself, beside the fields that its rule puts out. These names have no dot (`ParserOptions`). */
export const alertClass: FieldClass = {
  name: 'alert',
  desc: 'What an alert says about itself',
  fields: [
    { name: 'rule', type: 'CHARBUF', desc: 'The name of the rule.', get: none },
    {
      name: 'priority',
      type: 'UINT32',
      desc: 'The priority of the rule, by its name in any case: `priority >= warning` compares how severe it is (`debug` < `informational` < `notice` < `warning` < `error` < `critical` < `alert` < `emergency`).',
      noTransformer: true,
      get: none,
    },
    {
      name: 'source',
      type: 'CHARBUF',
      desc: 'The source of the events: `syscall`, `k8s_audit`, that of a plug-in, or `internal` in messages of Falco about itself.',
      get: none,
    },
    { name: 'hostname', type: 'CHARBUF', desc: 'The name of the host that Falco runs on.', get: none },
    {
      name: 'tags',
      type: 'CHARBUF',
      list: true,
      desc: 'The tags of the rule: `tags intersects (network, mitre_execution)` wants one of them, `tags in (…)` all tags of the alert among those in brackets.',
      get: none,
    },
    {
      name: 'output',
      type: 'CHARBUF',
      desc: "Falco's line: time, priority and message.",
      get: none,
    },
    { name: 'input', type: 'CHARBUF', desc: 'The name of the input that the alert came from.', get: none },
    {
      name: 'output_fields',
      type: 'CHARBUF',
      arg: { required: true, key: 'name' },
      desc: 'One of the fields that the rule puts out, by its name, also where that has no dot: `output_fields[cluster]`.',
      get: none,
    },
  ],
};

/** The fields without a dot that conditions over alerts have. */
export const ALERT_FIELD_NAMES: ReadonlySet<string> = new Set(alertClass.fields.map(({ name }) => name));

const ownFields = new Map(alertClass.fields.map((field) => [field.name, field]));

/**
 * The fields of conditions over whole alerts: what an alert says about itself (`alertClass`), Falco's fields, and as text any other name with a dot, as
 * plug-ins and users have fields that are not known here. The alert in `values` counts; it is asked by the names of `alertClass`, and by those of `output_fields`.
 */
export class AlertRecord {
  readonly #fields = new AlertFields();

  /** What is asked about. `output_fields[x]` is asked for as it is written. */
  set values(values: AlertReader) {
    this.#fields.values = values;
  }

  /** Finds a field, as the engine does for events. */
  readonly bind: FieldLookup = (name, arg) => {
    const own = ownFields.get(name);
    if (own !== undefined) return this.#own(own, arg);
    const found = this.#fields.bind(name, arg);
    if (found !== undefined || !name.includes('.') || findField(name) !== undefined) return found;
    return this.#unknown(name, arg);
  };

  #own(field: Field, arg: ByteString | undefined): BoundField | FieldError | undefined {
    const { name, type, list = false } = field;
    const bound = { field, arg, type, list, format: 'na' } as const;
    if (name === 'output_fields') {
      if (arg === undefined) return { error: 'output_fields needs the name of a field: output_fields[name]' };
      const key = `${name}[${arg}]`;
      return { ...bound, ...untyped(() => this.#fields.values.get(key)) };
    }
    if (arg !== undefined) return undefined;
    const get = (): Extracted => alertValue(this.#fields.values.get(name), type, list, 'na');
    if (name !== 'priority') return { ...bound, get };
    const text = (): ByteString | undefined => {
      const value = this.#fields.values.get(name);
      return typeof value === 'string' ? value : undefined;
    };
    return { ...bound, parseValue: severityConstant, get: () => severityNamed(text() ?? ''), text };
  }

  #unknown(name: ByteString, arg: ByteString | undefined): BoundField {
    const key = arg === undefined ? name : `${name}[${arg}]`;
    const field: Field = { name, type: 'CHARBUF', desc: 'What an alert says under this name.', get: none };
    return {
      field,
      arg,
      type: 'CHARBUF',
      list: false,
      format: 'na',
      ...untyped(() => this.#fields.values.get(key)),
    };
  }
}

/** A field of which no type is known: text, with the order of numbers where both sides are numbers. */
function untyped(read: () => JsonValue | undefined): Pick<BoundField, 'get' | 'test'> {
  const get = (): ByteString | undefined => plainText(read());
  return {
    get,
    test: (op, modifier, values, compare) => {
      const constant = Number(values[0]);
      const test =
        op in ORDER && !Number.isNaN(constant)
          ? (text: ByteString) => ORDER[op as keyof typeof ORDER](Number(text), constant)
          : modifier === undefined || op === 'exists'
            ? compare
            : modifiedTest(op, modifier, 'CHARBUF', values);
      return () => {
        const text = get();
        return text !== undefined && test(text);
      };
    },
  };
}

/** NaN, which text is, is on no side of a number. */
const ORDER: Readonly<
  Record<Extract<BinaryOperator | UnaryOperator, '<' | '<=' | '>' | '>='>, (a: number, b: number) => boolean>
> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** As Falco prints it; lists in brackets. */
function plainText(value: JsonValue | undefined): ByteString | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value))
    return `(${(value as readonly JsonValue[]).map((one) => plainText(one) ?? '').join(',')})`;
  if (value instanceof Double) return String(value.value);
  return typeof value === 'object' ? undefined : String(value);
}
