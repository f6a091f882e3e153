import { Command } from 'commander';
import { readRuleFiles } from '../daemon/index.ts';
import { DiagnosticError, didYouMean, fromBytes, toBytes } from '../engine/index.ts';
import { describeRules, RuleLoader } from '../rules/index.ts';
import { tellOf } from './diagnostics.ts';
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

interface Flags {
  readonly json?: true;
  readonly rule?: string;
  readonly plugin?: readonly string[];
  readonly config?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel describe falco_rules.yaml local_rules.yaml       each rule, with what it is about
  $ tiercel describe rules/ --rule 'Terminal shell in container'
  $ tiercel describe rules/ --json | jq -r '.rules[] | [.info.name, .details.condition_compiled] | @tsv'

With --json there is everything that the files define, as Falco prints it: items of lists, conditions with macros and lists replaced, the
macros, lists, fields, operators and events that each uses.

Exit status: 0 fine; 1 the files do not load; 2 a file cannot be read, or there is no such rule.`;

/** `tiercel describe FILES`: what rule files define, lists and macros resolved. */
export function describeCommand(): Command {
  return new Command('describe')
    .description('Prints what rule files define, with everything resolved.')
    .argument('<files...>', 'rule files or folders, loaded together')
    .option('--json', 'print what `falco -L` prints with json_output=true')
    .option('--rule <name>', 'only this rule')
    .option(PLUGIN_FLAG, PLUGIN_HELP, addPlugins)
    .option(CONFIG_FLAG, CONFIG_HELP)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: Flags) => {
      process.exitCode = await describe(paths, flags);
    });
}

async function describe(
  paths: readonly string[],
  { json, rule, plugin = [], config }: Flags,
): Promise<number> {
  const files = readRuleFiles(paths);
  const loader = new RuleLoader(await languageOf(plugin, await configuredPlugins(config)));
  for (const { name, content } of files) {
    const result = loader.load(toBytes(name), content);
    if (result.successful) continue;
    const unmet = loader.diagnoseUnmet(files);
    const errors = withPluginHints(unmet ? [unmet] : loader.diagnose(result, files));
    tellOf(...errors.filter(({ severity }) => severity === 'error'));
    return EXIT.findings;
  }
  const unmet = loader.diagnoseUnmet(files);
  if (unmet) {
    tellOf(...withPluginHints([unmet]));
    return EXIT.findings;
  }
  const name = rule === undefined ? undefined : toBytes(rule);
  if (rule !== undefined) checkRule(rule, loader);
  try {
    process.stdout.write(json ? `${JSON.stringify(describeRules(loader, name))}\n` : asText(loader, name));
    return EXIT.fine;
  } catch (error) {
    process.stderr.write(`Runtime error: ${(error as Error).message}. Exiting.\n`);
    return EXIT.findings;
  }
}

function checkRule(rule: string, loader: RuleLoader): void {
  const names = loader.rules.map(({ name }) => fromBytes(name));
  if (names.includes(rule)) return;
  throw new DiagnosticError({
    code: 'RULE_UNKNOWN',
    severity: 'error',
    message: `there is no rule "${rule}"`,
    hint: didYouMean(rule, names) ?? 'tiercel describe without --rule lists all',
  });
}

function asText(loader: RuleLoader, name: string | undefined): string {
  return loader.rules
    .filter((rule) => name === undefined || rule.name === name)
    .map(({ name: title, desc }) => `${fromBytes(title).padEnd(50)} ${fromBytes(desc).trim()}\n`)
    .join('');
}
