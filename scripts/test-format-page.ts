import { markdownTable } from '../cli/columns.ts';
import { TEST_CODES, testFileJsonSchema } from '../rules/index.ts';

/** As much of a JSON Schema as test files have. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** The reference of test files, from their schema. */
export function testFormatPage(): string {
  const file: Schema = testFileJsonSchema();
  const { test, fires, silent, event, alert, routed, delivery } = file.$defs!;
  const expectation = test!.properties!['expect']!;
  const counts = expectation.anyOf!.find(({ properties }) => properties !== undefined)!;
  const codes = Object.entries(TEST_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return `# Format of test files

A file \`NAME.test.yaml\` holds tests of rules, of routes, or of both; \`tiercel test\` runs them. [How to test rules](../how-to/test-rules.md) and [how to route alerts](../how-to/route-alerts.md#test-routes) are the ways in. \`tiercel test schema\` prints the JSON Schema of the format, with which
editors complete and check the keys (\`# yaml-language-server: $schema=…\` in the first line names it).

YAML is read as Falco reads rule files, and what a value means is decided by its field: \`proc.name: 007\` is a text, \`user.uid: 0x10\` a number with all its digits. \`null\` (or nothing) says that a field has no value; \`"null"\`
is a text. Anchors and aliases (\`&base\`, \`*base\`) work, merge keys (\`<<\`) do not.

## The file

${keys(file)}

## A test

An entry of \`tests\` is one flat map. Keys with a dot are fields of Falco (\`tiercel fields\` lists them), with their argument where they have one: \`proc.aname[2]\`, \`evt.arg.flags\`, \`proc.env[HOME]\`. Between braces a key with
brackets needs quotes: \`{"proc.aname[2]": bash}\`. All other keys are those of the format.

${keys(test!)}

A test has one of these forms:

- \`rule\` with \`fires\`, \`silent\` or both: each entry is a case. What stands at the test under \`output\`, \`priority\`, \`fields\`, \`tags\`, \`source\` and \`exact\` is expected of all that fire, unless the case says otherwise; \`todo\`, \`only\` and \`why\`
  are handed on, too.
- \`events\` with \`expect\`: one case.
- \`capture\` with \`expect\`: one case.
- \`alerts\` for routes, with \`outputs\` or \`held_back\` at them, or under \`expect\`: one case.
- facts of its own (keys with a dot) with \`expect\`: one case of one event.

### Under \`fires\`

${fires!.description} Exactly one alert of the rule must come.

${keys(fires!)}

### Under \`silent\`

${silent!.description} No alert of the rule may come. The rule must be asked about the event at all: a case at another event type would pass for the wrong reason, and is refused.

${keys(silent!)}

### Under \`events\`

${event!.description} They happen one after the other on one machine, so that later ones see what earlier ones did: processes, files, connections. \`base\` stands below each.

${keys(event!)}

### Under \`alerts\`

${routed!.description} They come one after the other, to routes that remember nothing but what came before in this case. No rules are needed. Keys with a dot are fields, which must be those of Falco or unlike them; all others stand under \`output_fields\`. A field of Falco has its type; what another one
holds is read as YAML has it. \`base\` stands below each.

${keys(routed!)}

### \`expect\`

${expectation.description}

An alert of a list:

${keys(alert!)}

Counts:

${keys(counts)}

An alert that an output gets, under \`outputs\`; at an alert of \`alerts\`, the same without \`alert\`, \`summary\` and \`count\`:

${keys(delivery!)}

Where all rules are asked (no \`rule\`), they are asked as Falco does: those that are enabled, in their order, the first that matches an event unless \`rule_matching: all\`. Rules that \`expect\` names are asked in any case.

## How facts become an event

Nothing is compared with the facts themselves. They describe a machine and what happens on it: processes and their parents, open files, users, containers. A case makes that machine, gives it one real event, and asks the rules. All fields that nobody gave follow from that
as they would in Falco: \`fd.directory\` from \`fd.name\`, \`proc.cmdline\` from \`proc.name\` and \`proc.args\`, \`proc.aname[2]\` from the parents. Then each fact is read back: one that does not read as it was given cannot be true beside the others, and the case
is refused with the reason. \`tiercel test --explain=full\` shows what followed. The first event of each case happens at 2026-01-01T00:00:00Z.

## How alerts go through routes

What \`routes\` names is read as \`tiercel run\` reads it, but for the settings of outputs: secrets are not needed, and nothing is sent. With \`alerts\`, they are as they are told; with \`events\` or a \`capture\`, those that rules gave go on, at the time of their event, where \`expect\` has \`outputs\` or \`held_back\`.
Time is that of the case: before each alert, groups whose time has come are handed over, and what was held back is summed up; behind the last one, until nothing waits any more, a year at most. \`sample\` goes by the id of an alert, which is made of all that it says: the same alert at the same time
is treated the same in each run.

Alerts are as the rule files say, without what \`append_output\` of \`falco.yaml\` would add.

## What can be wrong

All of this ends the run with status 2; other files run all the same.

${markdownTable(['code', 'meaning'], codes)}

Rule files that do not load are told of with [their own codes](diagnostics.md).
`;
}

/** A table of the keys of a map. */
function keys({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([key, schema]) => [
    `\`${key}\`${required.includes(key) ? ' (needed)' : ''}`,
    kindOf(schema),
    schema.description ?? '',
  ]);
  return rows.length === 0 ? 'No keys but fields.' : markdownTable(['key', 'value', 'meaning'], rows);
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'map',
  number: 'number',
  null: 'null',
  array: 'list',
};

function kindOf(schema: Schema): string {
  const { type, items, anyOf, $ref, patternProperties } = schema;
  if ($ref !== undefined) return `map (${$ref.replace('#/$defs/', '')})`;
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(', ');
  if (Array.isArray(type)) return type.map((name: string) => NAMES[name] ?? name).join(', ');
  if (type === 'array')
    return items?.properties === undefined && items?.$ref === undefined ? 'list' : 'list of maps';
  if (patternProperties !== undefined) return 'map of fields';
  return NAMES[String(type)] ?? String(type);
}
