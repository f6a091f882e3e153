import { Command, InvalidArgumentError, Option } from 'commander';
import { findTestFiles, runRuleTests, type CaseSelection, type TestSummary } from '../daemon/index.ts';
import { globTest, isFailure, regexTest, testFileJsonSchema, type Outcome } from '../rules/index.ts';
import { Complaints } from './complaints.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { ProgressBar } from './progress.ts';
import { REPORTERS, type ReportFormat } from './test/reporters.ts';

interface TestFlags {
  readonly run?: (name: string) => boolean;
  readonly rule?: (name: string) => boolean;
  readonly tag?: string;
  readonly bail?: true;
  readonly explain: 'none' | 'fails' | 'full';
  readonly allowEmpty?: true;
  readonly allowOnly?: true;
  readonly format: ReportFormat;
}

const HELP = `
Examples:
  $ tiercel test                                all *.test.yaml below this folder
  $ tiercel test rules/web.test.yaml -r 'reverse shell'
  $ tiercel test rules/ --rule '*container*' --explain=full
  $ tiercel test rules/ --tag mitre_execution --bail

A test file, web.test.yaml beside web.yaml:

  tests:
    - rule: Shell started by a web server
      base: {evt.type: execve, proc.pname: nginx}
      fires:
        - {proc.name: bash}
        - {proc.name: dash, output: "*shell=dash*", priority: CRITICAL}
      silent:
        - {proc.name: cat, why: it is no shell}

Each case is a real event: the fields that you give become the state of a machine and an event in it, as Falco would see them, and all other fields
follow from that. Also: sequences of events, captures, mocks for lists and macros. docs/how-to/test-rules.md is the way in, docs/reference/test-format.md has all
keys; \`tiercel test schema\` prints the JSON Schema for editors.

Exit status: 0 all cases passed; 1 a case failed, or one with \`todo\` passes; 2 something could not run, or there was nothing to run.`;

/** `tiercel test PATHS`: rules held against test files. */
export function testCommand(): Command {
  return new Command('test')
    .summary('run test files for rules')
    .description('Runs test files for rules: which events they fire at, and with what alert.')
    .argument('[paths...]', 'test files, or folders with *.test.yaml files below them', ['.'])
    .option('-r, --run <regex>', 'run only cases whose name this regular expression (RE2) finds', readRegex)
    .option('--rule <glob>', 'run only cases about rules of this name (`*` stands for anything)', globTest)
    .option('--tag <tag>', 'run only cases about rules with this tag')
    .option('--bail', 'end at the first case that fails')
    .addOption(
      new Option(
        '--explain [which]',
        'say why rules fired or not: of cases that fail, or of all with what followed from their facts',
      )
        .choices(['none', 'fails', 'full'])
        .preset('fails')
        .default('fails'),
    )
    .addOption(
      new Option('--format <format>', 'how the results are printed')
        .choices(Object.keys(REPORTERS))
        .default('pretty'),
    )
    .option('--allow-empty', 'do not fail if there is nothing to run')
    .option('--allow-only', 'let `only` leave out cases in CI (where the environment has CI set)')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: TestFlags) => {
      process.exitCode = await test(paths, flags);
    })
    .addCommand(schemaCommand());
}

async function test(paths: readonly string[], flags: TestFlags): Promise<number> {
  const { run, rule, tag, explain } = flags;
  const select: CaseSelection = {
    ...(run && { name: run }),
    ...(rule && { rule }),
    ...(tag !== undefined && { tag }),
  };
  const files = findTestFiles(paths);
  const bar = new ProgressBar(process.stderr);
  const reporter = REPORTERS[flags.format]({
    colour: process.stdout.isTTY,
    full: explain === 'full',
    write: (text) => {
      bar.clear();
      process.stdout.write(text);
    },
    complain: new Complaints(bar).tell,
  });
  const summary = await runRuleTests({
    files,
    select,
    reporter,
    bail: flags.bail === true,
    allowOnly: flags.allowOnly === true || !isCi(process.env['CI']),
    explainAll: explain === 'full',
    onProgress: (progress) => bar.update(progress),
  });
  return exitCode(summary, paths, flags);
}

function exitCode(summary: TestSummary, paths: readonly string[], { allowEmpty }: TestFlags): number {
  const ran = (Object.keys(summary.outcomes) as Outcome[]).filter((outcome) => summary.outcomes[outcome] > 0);
  if (summary.broken) return EXIT.couldNotRun;
  if (ran.some(isFailure)) return EXIT.findings;
  if (ran.length > 0 || allowEmpty === true) return EXIT.fine;
  const [message, hint] =
    summary.files.length === 0
      ? [`there is no test file below ${paths.join(', ')}`, 'test files are named NAME.test.yaml']
      : [
          'there is no case to run',
          summary.unselected > 0 ? 'the selection leaves out all of them' : undefined,
        ];
  process.stderr.write(
    `${renderDiagnostic(
      { code: 'TEST_NOTHING', severity: 'error', message, ...(hint !== undefined && { hint }) },
      { colour: process.stderr.isTTY },
    )}\n`,
  );
  return EXIT.couldNotRun;
}

/** Continuous integration says so in the environment. */
const isCi = (value: string | undefined): boolean => value !== undefined && !/^(?:|0|false)$/i.test(value);

function readRegex(text: string): (name: string) => boolean {
  try {
    return regexTest(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const schemaCommand = (): Command =>
  new Command('schema').description('Prints the JSON Schema of test files, for editors.').action(() => {
    process.stdout.write(`${JSON.stringify(testFileJsonSchema(), undefined, 2)}\n`);
  });
