import { Command, InvalidArgumentError, Option } from 'commander';
import { findTestFiles, runRuleTests, type TestSummary } from '../daemon/index.ts';
import { coverageOf, globTest, regexTest, testFileJsonSchema, type Coverage } from '../rules/index.ts';
import { layoutOf, type Layout } from './columns.ts';
import { Complaints } from './complaints.ts';
import { jsonOption } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { positive } from './flags.ts';
import { CONFIG_FLAG, CONFIG_HELP, configuredPlugins } from './plugins.ts';
import { ProgressBar } from './progress.ts';
import {
  belowThreshold,
  readCoverageFlag,
  readThreshold,
  writeCoverage,
  type CoverageOutput,
} from './test/coverage.ts';
import { prepareCrew } from './test/crew.ts';
import { junitReporter } from './test/junit.ts';
import { newCommand } from './test/new.ts';
import { writeOutput } from './test/output-file.ts';
import { REPORTERS, together, type ReportFormat } from './test/reporters.ts';
import { prepareRunner, type TestSetup } from './test/setup.ts';
import { updateFiles } from './test/update.ts';
import { watchTests } from './test/watch.ts';

interface TestFlags {
  readonly run?: string;
  readonly rule?: string;
  readonly tag?: string;
  readonly bail?: true;
  readonly jobs: number;
  readonly watch?: true;
  readonly update?: true;
  readonly explain: 'none' | 'fails' | 'full';
  readonly allowEmpty?: true;
  readonly allowOnly?: true;
  readonly format: ReportFormat;
  readonly junit?: string;
  readonly coverage?: readonly CoverageOutput[];
  readonly threshold?: number;
  readonly config?: string;
}

const HELP = `
Examples:
  $ tiercel test                                all *.test.yaml below this folder
  $ tiercel test rules/web.test.yaml -r 'reverse shell'
  $ tiercel test rules/ --rule '*container*' --explain=full
  $ tiercel test rules/ --tag mitre_execution --bail
  $ tiercel test -c tiercel.yaml                with the sources of its plug-ins
  $ tiercel test --watch                        and again whenever a file changes
  $ tiercel test -j 4 --format github --junit results.xml --coverage=lcov --threshold 90

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
follow from that. Also: sequences of events, captures, mocks for lists and macros, and where alerts go by the routes of tiercel.yaml.
docs/how-to/test-rules.md is the way in, docs/reference/test-format.md has all
keys; \`tiercel test schema\` prints the JSON Schema for editors.

Exit status: 0 all cases passed; 1 a case failed, one with \`todo\` passes, or too little is covered; 2 something could not run, or there was nothing to run.`;

/** `tiercel test PATHS`: rules held against test files. */
export function testCommand(): Command {
  return new Command('test')
    .summary('run test files for rules and routes')
    .description(
      'Runs test files for rules (which events they fire at, and with what alert) and for routes (where alerts go).',
    )
    .argument('[paths...]', 'test files, or folders with *.test.yaml files below them', ['.'])
    .option(
      '-r, --run <regex>',
      'run only cases whose name this regular expression (RE2) finds (elsewhere -r names rules: here, test files do)',
      readRegex,
    )
    .option('--rule <glob>', 'run only cases about rules of this name (`*` stands for anything)')
    .option('--tag <tag>', 'run only cases about rules with this tag')
    .option(CONFIG_FLAG, CONFIG_HELP)
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
    .addOption(jsonOption())
    .option('--junit <file>', 'write the results as JUnit XML, too')
    .addOption(
      new Option(
        '--coverage [form]',
        'tell what the cases show of the rules and routes: as text, json, lcov or html, with a file of your own as in html:out/rules.html; repeat for several',
      )
        .argParser(readCoverageFlag)
        .preset('text'),
    )
    .option('--threshold <percent>', 'fail if less of the rules and routes is covered', readThreshold)
    .option('-j, --jobs <n>', 'run so many test files at the same time', positive(256), 1)
    .option('-w, --watch', 'run again what a change of a file concerns; q ends')
    .option('--update', 'write outputs that differ into the test files, where they are plain text')
    .option('--allow-empty', 'do not fail if there is nothing to run')
    .option('--allow-only', 'let `only` leave out cases in CI (where the environment has CI set)')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: TestFlags) => {
      process.exitCode = await test(paths, flags);
    })
    .enablePositionalOptions()
    .addCommand(newCommand())
    .addCommand(schemaCommand());
}

/** What is run, and how, as flags say. */
async function test(paths: readonly string[], flags: TestFlags): Promise<number> {
  const run = (): Promise<TestSummary> => runOnce(findTestFiles(paths), flags);
  const { sources } = await configuredPlugins(flags.config);
  if (flags.watch !== true) return exitCode(await run());
  const summary = await watchTests({
    paths,
    run: (files) => runOnce(files, flags),
    sources,
    input: process.stdin,
    output: process.stderr,
  });
  return exitCode(summary);
}

async function runOnce(files: readonly string[], flags: TestFlags): Promise<TestSummary> {
  if (flags.update === true) await update(files, flags);
  const { coverage: outputs = [], threshold, jobs } = flags;
  const layout = layoutOf(process.stdout);
  const setup = setupOf(flags, layout);
  const bar = new ProgressBar(process.stderr);
  const crew = prepareCrew(Math.min(jobs, files.length), setup, (progress) => bar.update(progress));
  let coverage: Coverage | undefined;
  const report = REPORTERS[flags.format]({
    layout,
    full: flags.explain === 'full',
    write: (text) => {
      bar.clear();
      process.stdout.write(text);
    },
    complain: new Complaints(bar).tell,
    coverage: () => coverage,
  });
  const reporters = [
    report,
    ...(flags.junit === undefined ? [] : [junitReporter((text) => writeOutput(flags.junit!, text))]),
  ];
  try {
    const summary = await runRuleTests({
      files,
      reporter: together(reporters),
      runners: crew.runners,
      bail: setup.bail,
      ...(setup.config !== undefined && { config: setup.config }),
      allowEmpty: flags.allowEmpty === true,
      conclude: async () => {
        if (!setup.coverage) return [];
        coverage = selected(await crew.coverage(), setup);
        return threshold === undefined ? [] : belowThreshold(coverage, threshold);
      },
    });
    if (coverage !== undefined) {
      const isText = flags.format === 'pretty' || flags.format === 'github';
      const stream = isText ? process.stdout : process.stderr;
      writeCoverage(coverage, outputs, layoutOf(stream), (text) => stream.write(`\n${text}`));
    }
    return summary;
  } finally {
    await crew.end();
  }
}

/** What this thread and those beside it are set up with. */
function setupOf(flags: TestFlags, layout: Layout): TestSetup {
  const { coverage: outputs = [], threshold, explain } = flags;
  return {
    ...(flags.run !== undefined && { name: flags.run }),
    ...(flags.rule !== undefined && { rule: flags.rule }),
    ...(flags.tag !== undefined && { tag: flags.tag }),
    explain,
    layout,
    bail: flags.bail === true,
    allowOnly: flags.allowOnly === true || !isCi(process.env['CI']),
    coverage: outputs.length > 0 || threshold !== undefined,
    keepAlerts: flags.format === 'json',
    ...(flags.config !== undefined && { config: flags.config }),
  };
}

/** Runs the cases to see which outputs differ, and writes these. */
async function update(files: readonly string[], flags: TestFlags): Promise<void> {
  const layout = layoutOf(process.stderr);
  const setup = setupOf({ ...flags, explain: 'none', format: 'pretty' }, layout);
  const { runner } = prepareRunner({ ...setup, coverage: false, bail: false });
  const summary = await runRuleTests({
    files,
    reporter: {},
    ...(setup.config !== undefined && { config: setup.config }),
    runners: [(name, onlyMarked) => runner.run(name, onlyMarked)],
  });
  updateFiles(summary, layout, (text) => process.stderr.write(text));
}

/** Who asks for some rules only wants to know about these. */
function selected(coverage: Coverage, { rule }: TestSetup): Coverage {
  if (rule === undefined) return coverage;
  const fits = globTest(rule);
  return coverageOf(coverage.rules.filter(({ name }) => fits(name)));
}

const exitCode = ({ broken, failed }: TestSummary): number =>
  broken ? EXIT.couldNotRun : failed ? EXIT.findings : EXIT.fine;

/** Continuous integration says so in the environment. */
const isCi = (value: string | undefined): boolean => value !== undefined && !/^(?:|0|false)$/i.test(value);

/** Checks a regular expression. */
function readRegex(text: string): string {
  try {
    regexTest(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const schemaCommand = (): Command =>
  new Command('schema').description('Prints the JSON Schema of test files, for editors.').action(() => {
    process.stdout.write(`${JSON.stringify(testFileJsonSchema(), undefined, 2)}\n`);
  });
