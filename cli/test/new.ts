import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import {
  captureFiles,
  captureAlerts,
  loadFalcoConfig,
  loadRulesToTest,
  readAlerts,
  readRuleFiles,
  runRules,
  type KnownAlert,
} from '../../daemon/index.ts';
import { didYouMean, DiagnosticError, fromBytes, type Diagnostic } from '../../engine/index.ts';
import {
  fieldsRead,
  globTest,
  makeSkeleton,
  skeletonText,
  type LoadedRule,
  type TestRules,
} from '../../rules/index.ts';
import { Complaints } from '../complaints.ts';
import { EXIT } from '../exit.ts';
import { gather, positive } from '../flags.ts';
import { ProgressBar } from '../progress.ts';
import { writeOutput } from './output-file.ts';

interface NewFlags {
  readonly rules: readonly string[];
  readonly rule: readonly string[];
  readonly fromAlert?: string;
  readonly fromCapture?: string;
  readonly event?: number;
  readonly output?: string;
}

const HELP = `
Examples:
  $ tiercel test new -r rules.yaml -o rules.test.yaml                   tests to begin with, for all rules
  $ tiercel test new -r rules.yaml --rule 'Shell in a container'
  $ tiercel test new -r rules.yaml --from-alert alert.json -o more.test.yaml
  $ tiercel test new -r rules.yaml --from-capture incident.scap --event 1042

Each test has an event at which its rule fires, and one that differs in one fact and at which it does not. Where the events come from: an alert of Falco
(JSON lines), an event of a capture, or else the condition of the rule itself. Facts that make no difference are left out, and each test is run before it
is written. Where no event is found at which a rule fires, its test says \`todo\`. What is written shows how a test looks; what a rule is about, only you know.

Exit status: 0 fine; 1 some tests could not be made; 2 could not run.`;

/** `tiercel test new`: test files to begin with. */
export const newCommand = (): Command =>
  new Command('new')
    .description('Writes tests to begin with, for rules, from alerts or from captured events.')
    .option('-r, --rules <path>', 'rule file or folder; repeat for several, loaded together', gather, [])
    .option('--rule <name>', 'the name of a rule (`*` stands for anything); repeat for several', gather, [])
    .option('--from-alert <file>', 'alerts of Falco as JSON lines, or "-": the first of each rule is taken')
    .option('--from-capture <file>', 'a capture: the first event at which each rule fires is taken')
    .option('--event <number>', 'the event of the capture that is taken, by its evt.num', positive(2 ** 48))
    .option('-o, --output <file>', 'where the tests are written; standard output by default')
    .addHelpText('after', HELP)
    .action(async (flags: NewFlags, command: Command) => {
      if (flags.rules.length === 0)
        command.error('error: for which rules? Give -r FILE', { exitCode: EXIT.couldNotRun });
      process.exitCode = await makeTests(flags);
    });

async function makeTests(flags: NewFlags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const { tell } = new Complaints(bar);
  const { output } = flags;
  if (output !== undefined && existsSync(output))
    throw failure(
      `${output} is there already`,
      'name another file with -o, or leave it away to see the tests',
    );
  const files = readRuleFiles(flags.rules);
  const { rules, diagnostics } = await loadRulesToTest(files);
  if (rules === undefined) {
    diagnostics.forEach(tell);
    return EXIT.couldNotRun;
  }
  const wanted = wantedRules(rules, flags);
  const alerts = await knownAlerts(wanted, rules, flags, tell, bar);
  const chosen = alerts === undefined ? wanted : wanted.filter(({ name }) => alerts.has(name));
  if (chosen.length === 0) {
    process.stderr.write(`none of the rules gives an alert there\n`);
    return EXIT.findings;
  }
  const skeletons = chosen.map((rule) => makeSkeleton(rules, rule, alerts?.get(rule.name)?.values));
  const text = skeletonText(
    skeletons.map(({ test }) => test),
    rulePaths(
      files.map(({ name }) => name),
      output,
    ),
  );
  if (output === undefined) process.stdout.write(text);
  else writeOutput(output, text);
  const lacking = skeletons.filter(({ fires, silent }) => !fires || !silent);
  for (const { test, fires } of lacking)
    process.stderr.write(
      fires
        ? `${test.rule}: no event was found at which the rule stays silent\n`
        : `${test.rule}: no event was found at which the rule fires\n`,
    );
  if (output !== undefined) {
    const good = skeletons.length - lacking.length;
    process.stderr.write(
      `written: ${output}, with ${good} whole test${good === 1 ? '' : 's'} of ${skeletons.length}\n`,
    );
  }
  return lacking.length > 0 ? EXIT.findings : EXIT.fine;
}

const failure = (message: string, hint?: string): DiagnosticError => {
  const diagnostic: Diagnostic = {
    code: 'TEST_NEW',
    severity: 'error',
    message,
    ...(hint !== undefined && { hint }),
  };
  return new DiagnosticError(diagnostic);
};

/** The rules that are named; without a name, all that are enabled. */
function wantedRules({ loaded }: TestRules, { rule: names }: NewFlags): readonly LoadedRule[] {
  const { rules } = loaded;
  if (names.length === 0) return rules.filter(({ enabled }) => enabled);
  const known = rules.map((rule) => fromBytes(rule.name));
  const wanted = names.flatMap((name) => {
    const fits = globTest(name);
    const found = rules.filter((_, i) => known[i] === name || fits(known[i]!));
    if (found.length > 0) return found;
    throw failure(`there is no rule "${name}"`, didYouMean(name, known));
  });
  return [...new Set(wanted)];
}

/** An alert of each rule, by its name; undefined where none is asked for. */
async function knownAlerts(
  wanted: readonly LoadedRule[],
  rules: TestRules,
  { fromAlert, fromCapture, event }: NewFlags,
  tell: (diagnostic: Diagnostic) => void,
  bar: ProgressBar,
): Promise<ReadonlyMap<string, KnownAlert> | undefined> {
  if (fromAlert === undefined && fromCapture === undefined) return undefined;
  const alerts: KnownAlert[] = [];
  if (fromAlert !== undefined) alerts.push(...(await readAlerts(fromAlert)));
  if (fromCapture !== undefined) {
    const { config } = loadFalcoConfig({ options: ['rule_matching=all'] });
    const found = await captureAlerts({
      captures: await captureFiles([fromCapture]),
      rules: runRules(wanted, config, rules.language.others),
      fields: wanted.flatMap((rule) => fieldsRead(rules.modelOf(rule), rules.language.lookup(rule.source))),
      onDiagnostic: tell,
      onProgress: (progress) => bar.update(progress),
    });
    bar.clear();
    alerts.push(...found.filter((alert) => event === undefined || alert.event === event));
  }
  const first = new Map<string, KnownAlert>();
  for (const alert of alerts) if (!first.has(alert.rule)) first.set(alert.rule, alert);
  return first;
}

/** The rule files as the test file names them; undefined if it stands beside the only one, with its name. */
export function rulePaths(
  files: readonly string[],
  output: string | undefined,
): readonly string[] | undefined {
  if (output === undefined) return files;
  const [only, ...others] = files;
  const isBeside = output.replace(/\.test\.(ya?ml)$/, '.$1') === only && output !== only;
  if (isBeside && others.length === 0) return undefined;
  return files.map((file) => (file.startsWith('/') ? file : relative(dirname(output), file)));
}
