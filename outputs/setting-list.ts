/** What is known of settings, taken from their schemas: for reference pages, for editors, and for the environment. */
import * as z from 'zod';

/** One setting. */
export interface Setting {
  /** Keys that lead to it: `['queue', 'max_bytes']`. */
  readonly path: readonly string[];
  /** For people: `text`, `number`, `list of text`, a list of words. */
  readonly type: string;
  /** As written in a file; undefined where there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  /** Markdown. */
  readonly description: string;
}

/** The part of JSON Schema that settings make use of. */
export interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SettingSchema[];
  readonly items?: SettingSchema;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
}

/** The JSON Schema of settings as they are written. */
export const settingSchema = (schema: z.ZodType): SettingSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SettingSchema;

/** The settings of a map, and behind each the settings in it. `secrets`: keys whose values are shown nowhere. */
export function settingsIn(
  { properties = {}, required = [] }: SettingSchema,
  secrets: readonly string[] = [],
  above: readonly string[] = [],
): readonly Setting[] {
  return Object.entries(properties).flatMap(([key, schema]) => [
    {
      path: [...above, key],
      type: typeName(schema),
      default: defaultText(schema),
      required: required.includes(key),
      secret: secrets.includes(key),
      description: schema.description ?? '',
    },
    ...settingsIn(schema, [], [...above, key]),
  ]);
}

function typeName(schema: SettingSchema): string {
  if (schema.$ref !== undefined) return 'settings';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeName))].join(' or ');
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${typeName(schema.items ?? {})}`;
    case 'object':
      return schema.properties === undefined ? 'names and values' : 'settings';
    default:
      // Text or a number: a time span, an amount, a rate.
      return 'text';
  }
}

function defaultText({ default: value, properties }: SettingSchema): string | undefined {
  if (value === undefined || properties !== undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
