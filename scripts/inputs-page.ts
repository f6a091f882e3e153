import { stringify } from 'yaml';
import { markdownTable } from '../cli/columns.ts';
import { commonInputSettings, INPUT_KINDS, type InputKind } from '../daemon/inputs/index.ts';
import { settingSchema, settingsIn } from '../outputs/setting-list.ts';
import { settingsTable } from './settings-table.ts';

/** The reference of inputs, from their schemas. */
export function inputsPage(): string {
  const overview = INPUT_KINDS.map(({ kind, summary }) => [`[${kind}](#${kind})`, summary]);
  return `# Inputs

Each entry of \`inputs\` in tiercel.yaml has a \`kind\`, a \`name\`, and the settings of that kind. [How to take alerts from Falco](../how-to/take-alerts-from-falco.md) says which one to choose. Text may hold
secrets from elsewhere: \`\${env:NAME}\` and \`\${file:/path}\`. Time spans are \`500ms\`, \`10s\`, \`5m\`, \`1h30m\`; amounts \`65536\`, \`100MB\`, \`1GiB\`; rates \`10/s\`, \`100/5m\`.

${markdownTable(['kind', 'what'], overview)}

## Settings of all inputs

${settingsTable(settingsIn(settingSchema(commonInputSettings)))}

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

${settingsTable(settingsIn(settingSchema(config), secrets))}

${notes}
`;
}
