/** Reference pages of `tiercel run`, from its schemas and tables. */
import { markdownTable } from '../cli/columns.ts';
import { ENDPOINTS, METRICS } from '../daemon/running.ts';
import { ownSettings } from '../daemon/config/own-settings.ts';
import { settingSchema, settingsIn } from '../outputs/setting-list.ts';
import { settingsTable } from './settings-table.ts';

/** The keys of tiercel that stand beside those of Falco: part of the page on configuration. */
export function ownKeysPart(): string {
  return `## Keys of \`tiercel run\`

They stand in the same file, beside those of Falco above, or in a file that \`config_files\` names; a file with nothing but these is as good. What is misspelt here is an error with its place, and nothing starts. Each text may hold \`\${env:NAME}\` and
\`\${file:/path}\`: the value of a variable, the content of a file; both are secrets, and shown nowhere. Relative paths stand beside the file. \`tiercel config check\` says what is wrong, \`tiercel config schema\` gives a JSON Schema to editors.

${settingsTable(settingsIn(settingSchema(ownSettings)))}

Besides, there are [\`inputs\`](inputs.md) and [\`outputs\`](outputs.md), maps of a name to settings, and [\`routes\`, \`default\`, \`silences\`](routes.md). Without \`inputs\`, there is one of kind \`http\` at 127.0.0.1:2801.

Of Falco's keys, \`tiercel run\` reads \`stdout_output\`, \`file_output\`, \`program_output\`, \`http_output\` and \`syslog_output\`: those that are enabled are outputs, named as their keys, in JSON if \`json_output\` says so. One that leads to an input of tiercel's is
how Falco's alerts come in, and passed over. \`rules_files\` and what goes with them are for inputs with \`as: events\`; \`watch_config_files: false\` leaves changes to SIGHUP.
`;
}

/** The reference of what a running process tells. */
export function metricsPage(): string {
  const metrics = Object.entries(METRICS).map(([name, { type, help, labels }]) => [
    `\`${name}\``,
    type,
    labels.map((label: string) => `\`${label}\``).join(', '),
    help,
  ]);
  const paths = Object.entries(ENDPOINTS).map(([path, { method, access, summary }]) => [
    `\`${method} ${path}\``,
    { all: 'everybody', token: 'token, if there is one', owner: 'token' }[access],
    summary,
  ]);
  return `# Health, metrics and the API of \`tiercel run\`

They answer where inputs of kind \`http\` listen, or at \`api.listen\` alone. With \`api.token\`, requests carry it as \`Authorization: Bearer …\`; \`/healthz\` and \`/readyz\` answer without, but with no details. What changes something is open to nobody without
a token. All of it answers without one at the socket \`api.sock\` in \`data_dir\`, which only the user of the process can open; the commands \`tiercel queue\` and \`tiercel routes silence\` use it.

${markdownTable(['path', 'open to', 'answer'], paths)}

## Metrics

Labels have names that the configuration gives, and words of closed lists; nothing that comes with alerts becomes one. Numbers of outputs "ever" are kept in the queue and survive a restart. Beside these there are those of the process
(\`process_*\`, \`nodejs_*\`).

${markdownTable(['metric', 'type', 'labels', 'meaning'], metrics)}

What to be woken by:

\`\`\`yaml
groups:
  - name: tiercel
    rules:
      - alert: TiercelQueueFailed
        expr: tiercel_queue_failed == 1
      - alert: TiercelOutputBehind
        expr: tiercel_output_oldest_pending_seconds > 900
        for: 5m
      - alert: TiercelDeadLetters
        expr: tiercel_output_dead_letters > 0
      - alert: TiercelDropsAlerts
        expr: increase(tiercel_output_dropped_total[10m]) > 0
      - alert: TiercelConfigRefused
        expr: increase(tiercel_config_reloads_total{result="refused"}[1h]) > 0
\`\`\`
`;
}
