import { Command } from 'commander';
import { fromBytes, toBytes } from '../engine/index.ts';
import { describeRules, engineLanguage, RuleLoader } from '../rules/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { readRuleFiles } from '../daemon/index.ts';

/** `tiercel describe FILES`: what rule files define, lists and macros resolved. Exit status 1 if they cannot be loaded. */
export function describeCommand(): Command {
  return new Command('describe')
    .description('print what rule files define, with everything resolved')
    .argument('<files...>', 'rule files or folders, loaded together')
    .option('--json', 'print what `falco -L` prints with json_output=true')
    .option('--rule <name>', 'only this rule')
    .action((paths: string[], { json, rule }: { json?: true; rule?: string }) => {
      const files = readRuleFiles(paths);
      const loader = new RuleLoader(engineLanguage);
      const fail = (message: string): void => {
        process.stderr.write(`${message}\n`);
        process.exitCode = EXIT.findings;
      };
      const colour = process.stderr.isTTY;
      for (const { name, content } of files) {
        const result = loader.load(toBytes(name), content);
        if (result.successful) continue;
        const unmet = loader.diagnoseUnmet(files);
        const errors = unmet ? [unmet] : loader.diagnose(result, files);
        for (const error of errors.filter(({ severity }) => severity === 'error'))
          fail(renderDiagnostic(error, { colour }));
        return;
      }
      const unmet = loader.diagnoseUnmet(files);
      if (unmet) return fail(renderDiagnostic(unmet, { colour }));
      try {
        const name = rule === undefined ? undefined : toBytes(rule);
        if (json) process.stdout.write(`${JSON.stringify(describeRules(loader, name))}\n`);
        else process.stdout.write(asText(loader, name));
      } catch (error) {
        fail(`Runtime error: ${(error as Error).message}. Exiting.`);
      }
    });
}

function asText(loader: RuleLoader, name: string | undefined): string {
  return loader.rules
    .filter((rule) => name === undefined || rule.name === name)
    .map(({ name: title, desc }) => `${fromBytes(title).padEnd(50)} ${fromBytes(desc).trim()}\n`)
    .join('');
}
