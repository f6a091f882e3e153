import { stringify } from 'yaml';
import * as z from 'zod';
import { markdownTable } from '../cli/columns.ts';
import { commonInputSettings, INPUT_KINDS, type InputKind } from '../daemon/inputs/index.ts';

/** The part of JSON Schema that settings of inputs make use of. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The reference of inputs, from their schemas. */
export function inputsPage(): string {
  const overview = INPUT_KINDS.map(({ kind, summary }) => [`[${kind}](#${kind})`, summary]);
  return `# Inputs

Each entry of \`inputs\` in tiercel.yaml has a \`kind\`, a \`name\`, and the settings of that kind. [How to take alerts from Falco](../how-to/take-alerts-from-falco.md) says which one to choose. Text may hold
secrets from elsewhere: \`\${env:NAME}\` and \`\${file:/path}\`. Time spans are \`500ms\`, \`10s\`, \`5m\`, \`1h30m\`; amounts \`65536\`, \`100MB\`, \`1GiB\`; rates \`10/s\`, \`100/5m\`.

${markdownTable(['kind', 'what'], overview)}

## Settings of all inputs

${settingsTable(commonInputSettings, [])}

${INPUT_KINDS.map(section).join('\n')}
## Health

What tiercel says of each input: its \`state\` (\`connecting\`: the other side is not there, and it is tried again; \`running\`; \`waiting\`: alerts are held back, because the queue takes none;
\`ended\`; \`stopped\`), \`alerts\` that were taken and when the last one was (\`lastAlert\`), what was \`refused\` because it is no alert, \`errors\` with the last one, open \`connections\`, and as \`lag\` the bytes that
are still to be read of the files that are open: what has not been opened yet is not in it.
`;
}

function section({ kind, summary, notes, config, secrets, example }: InputKind): string {
  return `## ${kind}

${summary}

\`\`\`yaml
${stringify({ inputs: [{ kind, name: 'falco', ...(example as object) }] }, { lineWidth: 0 }).trimEnd()}
\`\`\`

${settingsTable(config, secrets)}

${notes}
`;
}

function settingsTable(config: z.ZodType, secrets: readonly string[]): string {
  const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Schema;
  return markdownTable(['setting', 'type', 'default', 'meaning'], rowsOf(schema, '', secrets));
}

function rowsOf(
  { properties = {}, required = [] }: Schema,
  before: string,
  secrets: readonly string[],
): string[][] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const shown = schema.default === undefined || schema.properties !== undefined ? '' : defaultText(schema);
    const secret = secrets.includes(key) ? ' Secret.' : '';
    return [
      [
        `\`${before}${key}\``,
        typeName(schema),
        required.includes(key) ? 'must be given' : shown,
        `${schema.description ?? ''}.${secret}`,
      ],
      ...rowsOf(schema, `${before}${key}.`, []),
    ];
  });
}

const defaultText = ({ default: value }: Schema): string =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
    ? ''
    : `\`${String(value)}\``;

function typeName(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeName))].join(' or ');
  switch (schema.type) {
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
      return 'text';
  }
}
