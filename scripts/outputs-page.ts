import { stringify } from 'yaml';
import { markdownTable } from '../cli/columns.ts';
import { environmentName, KINDS, ownSettings, sharedSettings, type OutputKind } from '../outputs/index.ts';
import { settingsTable } from './settings-table.ts';

/** The reference of outputs: all kinds with their settings, as the schemas have them. */
export function outputsPage(): string {
  const overview = KINDS.map(({ kind, summary }) => [`[${kind}](#${kind})`, summary]);
  return `# Outputs

Each entry of \`outputs\` in tiercel.yaml has a \`kind\`, the settings of that kind, and those that all have. Any text may hold secrets from elsewhere: \`\${env:NAME}\` and
\`\${file:/path}\` (\`$\${\` stands for the two characters). They are read at start and on reload, and shown nowhere. A single value can come from the environment instead, which wins:
\`${environmentName('NAME', ['SETTING'])}\`, in capitals, with \`_\` for all that is neither letter nor digit.

${markdownTable(['kind', 'what'], overview)}

${KINDS.map(outputSection).join('\n')}
## Settings of all outputs

Time spans are \`500ms\`, \`10s\`, \`5m\`, \`1h30m\`, \`7d\`; amounts \`65536\`, \`100MB\`, \`1GiB\`; rates \`10/s\`, \`100/5m\`. The defaults of \`format\`, \`batch.max\` and \`concurrency\` stand with each kind; an output without a \`name\` is called what its kind is.

${settingsTable(sharedSettings({ kind: 'kind', batch: { max: 1 } }).filter(({ path }) => path[0] !== 'kind'))}

## When a destination does not take alerts

| reason | when | what happens |
|---|---|---|
| \`network\` | no connection, or it broke; a certificate that is not trusted | tried again |
| \`timeout\` | no answer within \`timeout\` | tried again |
| \`rate_limited\` | it asks to wait (429) | tried again when it says (\`Retry-After\`) |
| \`server\` | a fault of its own (5xx) | tried again, not before it says |
| \`auth\` | it does not accept who we are (401, 403, 407) | tried again; shown as an error of the output |
| \`client\` | a wrong address or channel (3xx, 404, 405, 410), a file that may not be written | tried again; shown as an error of the output |
| \`poison\` | it does not accept this alert (other 4xx) | dead letter |
`;
}

function outputSection(kind: OutputKind): string {
  const also =
    kind.aliases === undefined ? '' : ` Also called ${kind.aliases.map((name) => `\`${name}\``).join(', ')}.`;
  const perRoute =
    kind.perRoute === undefined
      ? ''
      : `\nRoutes may set their own ${kind.perRoute.map((key) => `\`${key}\``).join(', ')}.\n`;
  const made = [
    ...(kind.format === undefined ? [] : [`\`format: ${kind.format}\``]),
    `\`batch.max: ${kind.batch.max}\``,
    ...(kind.concurrency === undefined ? [] : [`\`concurrency: ${kind.concurrency}\``]),
  ];
  return `## ${kind.kind}

${kind.summary}${also} ${kind.notes ?? ''}

\`\`\`yaml
outputs:
${stringify([{ kind: kind.kind, ...kind.example }], { lineWidth: 0 })
  .trimEnd()
  .replaceAll(/^/gm, '  ')}
\`\`\`

${settingsTable(ownSettings(kind))}

Defaults: ${made.join(', ')}.
${perRoute}`;
}
