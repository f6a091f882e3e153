import { Command, Option } from 'commander';
import { readRuleFiles } from '../daemon/index.ts';
import { fromBytes, type Diagnostic } from '../engine/index.ts';
import { isPrintable, validateRules, validationJson, type Validation } from '../rules/index.ts';
import { formatOption, renderDiagnostics, type DiagnosticFormat } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import {
  addPlugins,
  CONFIG_FLAG,
  CONFIG_HELP,
  configuredPlugins,
  languageOf,
  PLUGIN_FLAG,
  PLUGIN_HELP,
  withPluginHints,
} from './plugins.ts';
import { hasColour } from './terminal.ts';

interface Flags {
  readonly plugin?: readonly string[];
  readonly config?: string;
  readonly json?: true;
  readonly format: DiagnosticFormat;
}

const EXAMPLES = `
Examples:
  $ tiercel validate falco_rules.yaml local_rules.yaml
  $ tiercel validate rules/ --format github            in a workflow of GitHub Actions
  $ tiercel validate rules/ --format sarif > rules.sarif
  $ tiercel validate k8s_audit_rules.yaml --plugin k8saudit,json
  $ tiercel validate web_rules.yaml -c tiercel.yaml    with the plug-ins that it loads
  $ tiercel validate local.yaml --json | jq '.falco_load_results[].errors'

Each finding has its place, and a hint how to mend it. Files are judged with those before them, so name the rules first that others
change. docs/reference/diagnostics.md explains the codes. --json is for programs that read Falco's own verdict.

Exit status: 0 all files load (warnings do not count); 1 one of them does not; 2 a file cannot be read.`;

/** `tiercel validate FILES`: Falco's verdict on rule files. */
export function validateCommand(): Command {
  return new Command('validate')
    .summary('say whether rule files are right')
    .description('Says whether Falco would load rule files, and what is wrong with them.')
    .argument('<files...>', 'rule files or folders; each file is judged with those before it')
    .option(PLUGIN_FLAG, PLUGIN_HELP, addPlugins)
    .option(CONFIG_FLAG, CONFIG_HELP)
    .addOption(new Option('--json', 'print what `falco -V` prints with json_output=true').conflicts('format'))
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], { json, format, plugin = [], config }: Flags) => {
      const files = readRuleFiles(paths);
      const found = validateRules(files, await languageOf(plugin, await configuredPlugins(config)), {
        explain: json !== true,
      });
      const validation = { ...found, diagnostics: found.diagnostics.map(withPluginHints) };
      if (json) printJson(validation);
      else if (format === 'text') process.stdout.write(verdictText(validation, hasColour(process.stdout)));
      else process.stdout.write(renderDiagnostics(validation.diagnostics.flat(), format));
      if (!validation.successful) process.exitCode = EXIT.findings;
    });
}

function printJson(validation: Validation): void {
  if (validation.unmet !== undefined) {
    process.stderr.write(`Error: ${fromBytes(validation.unmet)}\n`);
    return;
  }
  process.stdout.write(`${JSON.stringify(validationJson(validation))}\n`);
  if (isPrintable(validation)) return;
  process.stderr.write('Falco cannot print this as JSON: not all of it is UTF-8.\n');
  process.exitCode = EXIT.findings;
}

/** The findings of each file, and a line that says what came of it. */
function verdictText({ files, diagnostics }: Validation, colour: boolean): string {
  return files
    .map(({ name }, i) => {
      const found = diagnostics[i]!;
      return `${renderDiagnostics(found, 'text', { colour })}${fromBytes(name)}: ${verdict(found)}\n`;
    })
    .join('');
}

function verdict(found: readonly Diagnostic[]): string {
  const count = (severity: string): number => found.filter((one) => one.severity === severity).length;
  const warnings = count('warning');
  if (count('error') > 0) return 'Invalid';
  return warnings === 0 ? 'Ok' : `Ok, with ${warnings} warning${warnings > 1 ? 's' : ''}`;
}
