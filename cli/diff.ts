import { isDeepStrictEqual } from 'node:util';
import { Command, Option } from 'commander';
import {
  captureFiles,
  diffAlerts,
  loadFalcoConfig,
  loadSelectedRules,
  runRules,
  type AlertDiff,
  type FalcoConfig,
  type SelectedRules,
} from '../daemon/index.ts';
import { DiagnosticError, fromBytes, type Diagnostic } from '../engine/index.ts';
import { diffRules, isSame, type LoadResult, type RulesDiff } from '../rules/index.ts';
import { layoutOf } from './columns.ts';
import { Complaints } from './complaints.ts';
import { diffJson } from './diff-json.ts';
import { alertsReport, counted, rulesReport, rulesSummary } from './diff-report.ts';
import { renderMarkdown, renderText } from './diff-text.ts';
import { EXIT } from './exit.ts';
import { gather, positive } from './flags.ts';
import { ProgressBar } from './progress.ts';

interface Flags {
  readonly with: readonly string[];
  readonly capture?: readonly string[];
  readonly config?: string;
  readonly option: readonly string[];
  readonly top: number;
  readonly json?: true;
  readonly markdown?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel diff falco_rules.yaml --with falco_rules.yaml local.yaml
  $ tiercel diff falco_rules-5.0.yaml local.yaml --with falco_rules-5.1.yaml local.yaml
  $ tiercel diff old/ --with new/ --capture incident.scap
  $ tiercel diff old/ --with new/ --capture captures/ -c falco.yaml -o rule_matching=all --top 20
  $ tiercel diff main/rules --with rules --markdown > comment.md

Both sides are rule files, or folders with rule files, that are loaded together in the order given. What falco.yaml (-c, -o) selects, and its
priority, counts for both.

Conditions are compared as they are when macros and lists are replaced and exceptions added: one line for each check, unchanged parts only
counted. A rule whose own text is the same stands below the macro or list that changed it.

"matches more": the condition matches every event that it matched, and perhaps others; "matches less": no event that it did not match. This
is said only where it is certain from the way the condition is built. With rule_matching=first, the rules before a rule may take events from it.

With --capture, both sides are run over the same events, and the alerts are compared.

Exit status: 0 no difference; 1 differences; 2 rule files have an error, or something could not be read.`;

/** `tiercel diff`: what a change of rules means. */
export function diffCommand(): Command {
  return new Command('diff')
    .description(
      'Compares two versions of rule files: what they define, and the alerts that they give for captures.',
    )
    .argument('<old...>', 'rule files or folders, loaded together')
    .requiredOption('--with <new...>', 'rule files or folders that are to take their place')
    .option('--capture <capture...>', 'captures whose alerts are compared: files, directories, or "-"')
    .option('-c, --config <file>', 'falco.yaml')
    .option('-o, --option <key=value>', 'set a key of falco.yaml; repeat for several', gather, [])
    .option('--top <n>', 'how many differing alerts of each rule are shown', positive(1_000_000), 5)
    .addOption(new Option('--json', 'everything as one JSON object').conflicts('markdown'))
    .option('--markdown', 'as Markdown, for the comment of a review')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (old: readonly string[], flags: Flags) => {
      process.exitCode = await run(old, flags);
    });
}

async function run(oldPaths: readonly string[], flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  const { tell } = complaints;
  const { config, warnings } = loadFalcoConfig({
    ...(flags.config !== undefined && { file: flags.config }),
    options: flags.option,
    env: process.env,
  });
  warnings.forEach(tell);
  const old = await loadSelectedRules(oldPaths, config);
  const next = await loadSelectedRules(flags.with, config);
  diagnosticsOf(old.loaded, next.loaded).forEach(tell);
  if (complaints.failed) return EXIT.couldNotRun;
  const leftOut = Math.max(leftOutOf(old.loaded), leftOutOf(next.loaded));
  if (leftOut > 0)
    tell({
      code: 'RULES_NOT_COMPARED',
      severity: 'warning',
      message: `${counted(leftOut, 'rule')} left out: the source of a rule, or a field in it, is not known here`,
    });

  const rules = withoutOverflow(() =>
    diffRules(old, next, { language: next.language, ordered: config.rule_matching === 'first' }),
  );
  const alerts =
    flags.capture === undefined
      ? undefined
      : await compareAlerts(flags.capture, { old, next, config }, flags, tell, bar);
  bar.clear();
  process.stdout.write(withoutOverflow(() => render(rules, alerts, flags)));
  if (complaints.failed) return EXIT.couldNotRun;
  return isSame(rules) && (alerts === undefined || alerts.rules.length === 0) ? EXIT.fine : EXIT.findings;
}

/** Macros in macros may nest deeper than conditions can be walked here. */
function withoutOverflow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'conditions are nested too deeply to be compared';
    throw new DiagnosticError({ code: 'LOAD_ERR_COMPILE_CONDITION', severity: 'error', message });
  }
}

/** All errors, and the warnings that only the new side gives. What is used by nothing is told in the comparison. */
function diagnosticsOf(old: LoadResult, next: LoadResult): readonly Diagnostic[] {
  const known = new Set(old.diagnostics.map((diagnostic) => warningText(diagnostic, old)));
  return [
    ...old.diagnostics.filter(({ severity }) => severity === 'error'),
    ...next.diagnostics.filter((diagnostic) =>
      diagnostic.severity === 'error'
        ? !old.diagnostics.some((other) => isDeepStrictEqual(other, diagnostic))
        : !diagnostic.code.startsWith('LOAD_UNUSED') && !known.has(warningText(diagnostic, next)),
    ),
  ];
}

/** How many rules were left out in loading. */
const leftOutOf = ({ diagnostics }: LoadResult): number =>
  diagnostics.filter(({ code }) => LEFT_OUT.has(code)).length;

const LEFT_OUT: ReadonlySet<string> = new Set(['LOAD_UNKNOWN_SOURCE', 'LOAD_UNKNOWN_FILTER']);

/** A warning with the text of its line: its number changes with what stands before it. */
function warningText({ code, message, file, line }: Diagnostic, { files }: LoadResult): string {
  const content = files.find(({ name }) => fromBytes(name) === file)?.content;
  return `${code} ${message} ${content?.split('\n')[(line ?? 0) - 1]}`;
}

async function compareAlerts(
  captures: readonly string[],
  {
    old,
    next,
    config,
  }: { readonly old: SelectedRules; readonly next: SelectedRules; readonly config: FalcoConfig },
  { top, quiet }: Flags,
  tell: (diagnostic: Diagnostic) => void,
  bar: ProgressBar,
): Promise<AlertDiff> {
  return diffAlerts({
    captures: await captureFiles(captures),
    old: runRules(old.running, config, old.sources),
    next: runRules(next.running, config, next.sources),
    config,
    top,
    onDiagnostic: tell,
    ...(quiet !== true && { onProgress: (progress) => bar.update(progress) }),
  });
}

function render(rules: RulesDiff, alerts: AlertDiff | undefined, { json, markdown }: Flags): string {
  if (json) return `${diffJson(rules, alerts)}\n`;
  const sections = [...rulesReport(rules), ...(alerts ? alertsReport(alerts) : [])];
  const summary = rulesSummary(rules);
  return markdown
    ? renderMarkdown(sections, summary)
    : renderText(sections, summary, layoutOf(process.stdout));
}
