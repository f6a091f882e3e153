import { markdownTable } from '../cli/columns.ts';
import { alertClass } from '../engine/index.ts';
import { routeSettings, routingSettings, silenceSettings } from '../outputs/routes/schema.ts';
import { settingSchema, settingsIn, type SettingSchema } from '../outputs/setting-list.ts';
import { settingsTable } from './settings-table.ts';

/** The reference of `routes`, `default` and `silences`, from their schema. */
export function routesPage(): string {
  const route = settingSchema(routeSettings);
  const part = (name: string): SettingSchema => objectIn(route.properties![name]!)!;
  return `# Routes

Keys of \`tiercel.yaml\` that say where alerts go. [How to route alerts](../how-to/route-alerts.md) is the way in; \`tiercel routes test\` says where an alert would go, and why.

${keys(settingSchema(routingSettings))}

## How an alert finds its way

1. A silence in \`silences\` that is in force and matches holds it back.
2. The routes are asked in their order. The first that matches takes the alert; with \`continue: true\`, the next ones are asked, too.
3. The stages of the route are asked, in this order: \`silence\`, \`inhibit\`, \`active\`, \`mute\`, \`sample\`, \`dedup\`, \`throttle\`. The first that holds the alert back ends its way through this route. What is silent does not mute others, and what
   an earlier stage holds back counts for no later one.
4. \`set\` changes the alert for everything below. Its id stays.
5. The routes below are asked, as in 2. If one takes the alert, it goes there, and not to the outputs of this route.
6. Else the route delivers: to its outputs, through its \`group\`, with its \`template\`, \`format\` and \`settings\`.
7. An alert that no route took goes to \`default\`. What a route took and held back does not.

A route below has \`outputs\`, \`group\`, \`template\`, \`format\`, \`settings\` (key by key) and \`summary\` of the route above, unless it says something else. Everything else belongs to the route where it stands, with one state for all that passes
through it: a \`throttle\` limits what goes to all routes below together.

An output gets an alert once, from the first route that says so, however many routes with \`continue\` name it; unless they set something different there (\`settings\`).

## Conditions

\`match\` is a condition in [Falco's language](fields.md), with the operators and transformers of rules, over what the alert says; it has no macros and lists. The fields are those that the rule puts out (\`output_fields\`): what it does not put out has no value, and every
comparison with it is false. A name with a dot that Falco does not know is a text, as plug-ins have fields of their own; compared with a number (\`<\`, \`>\`), it is a number. Beside these there are:

${markdownTable(
  ['field', 'meaning'],
  alertClass.fields.map(({ name, arg, desc }) => [`\`${name}${arg ? `[${arg.key!}]` : ''}\``, desc]),
)}

## A route

${keys(route)}

### \`active\`, \`mute\`

${keys(part('active'))}

### \`inhibit\`

A list of:

${keys(part('inhibit'))}

### \`dedup\`

${keys(part('dedup'))}

### \`throttle\`

A bucket of tokens for each key: it holds as many as \`burst\` says, each alert takes one, and it fills evenly.

${keys(part('throttle'))}

### \`set\`

${keys(part('set'))}

### \`group\`

The first alert of a group waits for others (\`wait\`); then all are handed over, one behind the other, and outputs that can do so put them into one message. Later alerts of the group wait until \`interval\` is over since then.

${keys(part('group'))}

## A silence

In \`silences\`, or in \`silence\` of a route.

${keys(settingSchema(silenceSettings))}

## What is held back

Nothing goes silently. Every alert that a stage holds back is counted by route and stage (metrics). Those of \`silence\`, \`inhibit\`, \`active\`, \`mute\`, \`dedup\`, \`throttle\` and \`group\` (\`repeat\`) are also summed up, unless \`summary: false\`: at the end of the silence, the
muting, the window, one alert tells how many there were of each key. It has the source \`tiercel\`, the rule \`tiercel summary: RULE\`, the highest priority of them, the fields of the key, and
\`tiercel.count\`, \`tiercel.first\`, \`tiercel.last\`, \`tiercel.route\` and \`tiercel.stage\`. It goes where the first of them would have gone, past all stages.

## State

What stages remember is kept in the queue together with the alerts, so a restart neither tells anything twice nor forgets what waits. A route keeps its state as long as its \`name\` (without one, its \`match\`) and those of the routes above stay. Alerts that wait in a group whose route is gone are
handed over at once. Each stage remembers \`max_keys\` keys; the oldest is forgotten, which is counted: then rather an alert too many is told than one too few, and a group is handed over. When the clock is set back, spans that are measured go on from where
they were; \`until\`, \`active\` and \`mute\` follow the clock.
`;
}

/** The map in a schema, in whatever lists and choices. */
function objectIn(schema: SettingSchema): SettingSchema | undefined {
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined) return objectIn(schema.items);
  for (const option of schema.anyOf ?? []) {
    const found = objectIn(option);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What stands in a setting has a part of its own. */
const keys = (schema: SettingSchema): string =>
  settingsTable(settingsIn(schema).filter(({ path }) => path.length === 1));
