import { Command, InvalidArgumentError, Option } from 'commander';
import { readRuleFiles, sourcesOfRules } from '../daemon/index.ts';
import type { Diagnostic, Severity } from '../engine/index.ts';
import { languageWith, isAtLeast, lintChecks, lintRules, type LintSettings } from '../rules/index.ts';
import { formatOption, jsonOption, renderDiagnostics, type DiagnosticFormat } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';
import { findSettings, readSettings } from './lint-settings.ts';
import { configuredPlugins } from './plugins.ts';
import { table } from './table.ts';
import { hasColour } from './terminal.ts';

interface LintFlags {
  readonly config?: string;
  readonly failOn: Severity;
  readonly format: DiagnosticFormat;
  readonly off: readonly string[];
  readonly list?: true;
}

const HELP = `
Examples:
  $ tiercel lint rules/
  $ tiercel lint falco_rules.yaml local_rules.yaml --fail-on error
  $ tiercel lint rules/ --off mitre-tag --format github
  $ tiercel lint --list

Files are loaded together, in their order, as Falco loads them. What a check means and how to mend what it finds: docs/reference/lint.md.

A comment switches checks off:
  # tiercel-lint: disable-next-line never-fires -- filled in by each site
  # tiercel-lint: disable mitre-tag
  # tiercel-lint: enable mitre-tag
So does tiercel.yaml, in the folder of the first file or above it:
  lint: { mitre-tag: off, redefinition: warning }

Exit status: 0 nothing of the severity of --fail-on or above; 1 findings, or files that do not load; 2 could not run.`;

/** `tiercel lint FILES`: what Falco accepts in rule files and a reviewer would not. */
export function lintCommand(): Command {
  return new Command('lint')
    .description('Finds what Falco accepts in rule files and a reviewer would not.')
    .argument('[files...]', 'rule files or folders, loaded together')
    .option(
      '-c, --config <file>',
      'a tiercel.yaml, instead of the one found upward from the first file, and the plug-ins that it loads',
    )
    .option('--off <code>', 'leave a check out; repeat for several', knownCode, [])
    .addOption(
      new Option('--fail-on <severity>', 'the least severity that makes the exit status 1')
        .choices(['info', 'warning', 'error'])
        .default('warning'),
    )
    .addOption(formatOption())
    .addOption(jsonOption())
    .option('--list', 'list all checks')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: LintFlags, command: Command) => {
      if (flags.list) process.stdout.write(listChecks());
      else if (paths.length === 0) command.error("error: missing required argument 'files'");
      else await lint(paths, flags);
    });
}

async function lint(paths: readonly string[], { config, failOn, format, off }: LintFlags): Promise<void> {
  const file = config ?? findSettings(paths[0]!);
  const settings: LintSettings = {
    ...(file === undefined ? {} : readSettings(file)),
    ...Object.fromEntries(off.map((code) => [code, 'off'] as const)),
  };
  const files = readRuleFiles(paths);
  // A file that was only found is not asked for plug-ins: these are programs.
  const sources = await sourcesOfRules(files, (await configuredPlugins(config)).sources);
  const findings = lintRules(files, languageWith({ sources }), { settings });
  const describe = (code: string): string | undefined =>
    lintChecks.find((check) => check.code === code)?.what;
  const rendered = renderDiagnostics(findings, format, { colour: hasColour(process.stdout), describe });
  process.stdout.write(rendered);
  if (format === 'text') process.stderr.write(`${summarize(findings)}\n`);
  if (findings.some(({ severity }) => isAtLeast(severity, failOn))) process.exitCode = EXIT.findings;
}

function summarize(findings: readonly Diagnostic[]): string {
  if (findings.length === 0) return 'Nothing found.';
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count > 1 && severity !== 'info' ? 's' : ''}`];
  });
  return counts.join(', ');
}

const listChecks = (): string =>
  table(
    ['CODE', 'SEVERITY', 'FINDS'],
    lintChecks.map(({ code, severity, what }) => [code, severity, what]),
  );

function knownCode(code: string, previous: readonly string[]): readonly string[] {
  if (!lintChecks.some((check) => check.code === code))
    throw new InvalidArgumentError('there is no such check; `tiercel lint --list` has all');
  return gather(code, previous);
}
