import { Command } from 'commander';
import { fromBytes } from '../engine/index.ts';
import {
  engineLanguage,
  fileDiagnostics,
  isPrintable,
  validateRules,
  validationJson,
} from '../rules/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { readRuleFiles } from '../daemon/index.ts';

/** `tiercel validate FILES`: Falco's verdict on rule files. Exit status 1 if one of them is wrong. */
export function validateCommand(): Command {
  return new Command('validate')
    .description("say whether rule files are right, in Falco's words")
    .argument('<files...>', 'rule files; each is judged with those before it')
    .option('--json', 'print what `falco -V` prints with json_output=true')
    .action((paths: string[], { json }: { json?: true }) => {
      const files = readRuleFiles(paths);
      const validation = validateRules(files, engineLanguage);
      if (validation.unmet !== undefined) {
        process.stderr.write(`Error: ${fromBytes(validation.unmet)}\n`);
        process.exitCode = 1;
        return;
      }
      if (json) {
        process.stdout.write(`${JSON.stringify(validationJson(validation))}\n`);
        if (!isPrintable(validation)) {
          process.stderr.write('Falco cannot print this as JSON: not all of it is UTF-8.\n');
          process.exitCode = 1;
        }
      } else {
        for (const file of validation.files) {
          for (const diagnostic of fileDiagnostics(file, files))
            process.stderr.write(`${renderDiagnostic(diagnostic, { colour: process.stderr.isTTY })}\n`);
          process.stdout.write(`${fromBytes(file.name)}: ${file.successful ? 'Ok' : 'Invalid'}\n`);
        }
      }
      if (!validation.successful) process.exitCode = 1;
    });
}
