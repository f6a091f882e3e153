import { Command } from 'commander';
import {
  captureFiles,
  explain,
  explainEvent,
  nearMisses,
  readAlerts,
  readRuleFiles,
  sourcesOfRules,
  type ExplainJob,
  type Explanation,
  type NearMisses,
} from '../daemon/index.ts';
import {
  AlertFields,
  DiagnosticError,
  EVENTS,
  fromBytes,
  toBytes,
  type ByteString,
  type Diagnostic,
  type FieldLookup,
} from '../engine/index.ts';
import {
  alertProbe,
  decide,
  languageWith,
  loadRules,
  RuleModel,
  sceneOf,
  SceneError,
  type Decision,
  type Fact,
  type Language,
  type ModelRule,
  type SceneEvent,
} from '../rules/index.ts';
import { layoutOf, paint } from './columns.ts';
import { Complaints } from './complaints.ts';
import { decisionJson, nearMissesJson } from './decision-json.ts';
import { placeText, renderDecision } from './decision-text.ts';
import { EXIT } from './exit.ts';
import { gather, positive } from './flags.ts';
import { renderNearMisses } from './near-misses-text.ts';
import { CONFIG_FLAG, CONFIG_HELP, configuredPlugins } from './plugins.ts';
import { ProgressBar } from './progress.ts';
import { table } from './table.ts';
import { ruleNamed } from './rule-named.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly capture?: string;
  readonly event?: readonly string[];
  readonly alert?: string;
  readonly full?: true;
  readonly json?: true;
  readonly top: number;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel explain 'Terminal shell in container' -r falco_rules.yaml --capture incident.scap --event 4711
  $ tiercel explain 'Terminal shell in container' -r falco_rules.yaml --capture incident.scap
  $ tiercel explain 'Read sensitive file untrusted' -r falco_rules.yaml -r local.yaml --event evt.type=openat fd.name=/etc/shadow proc.name=cat
  $ tiercel explain -r falco_rules.yaml --alert alert.json
  $ kubectl logs -n falco falco-x7k2p | tiercel explain -r falco_rules.yaml --alert -

One line for each part of the condition: whether it holds (✓), does not (✗), was not reached (·) or cannot be known (?), what its left side reads, and
(◀) where it stands if the result rests on it. Macros on which nothing rests are closed; --full opens all.

--capture with --event N     the event with this evt.num
--capture                    the nearest misses: events at which the rule was asked and for which all checks but one held, by that check
--event field=value ...      an event made of these facts, as in the cases of tiercel test
--alert FILE                 the alert in a file of Falco's JSON lines (the first of this rule): fields that it lacks are unknown

Exit status: 0 explained; 2 the rule, the event or a file is not there or has an error.`;

/** `tiercel explain`: why a rule fired or did not. */
export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'Says why a rule fired or did not: for an event of a capture, for an event that you describe, or for an alert.',
    )
    .argument('[rule]', 'the name of the rule; with --alert that of the alert by default')
    .requiredOption(
      '-r, --rules <path>',
      'rule file or folder; repeat for several, loaded together',
      gather,
      [],
    )
    .option(CONFIG_FLAG, CONFIG_HELP)
    .option('--capture <file>', 'a capture')
    .option(
      '--event <number or fact...>',
      'the evt.num of an event in the capture, or facts of an event as field=value',
    )
    .option('--alert <file>', 'an alert of Falco as JSON, or "-"')
    .option('--full', 'open all macros')
    .option('--json', 'one JSON object, for programs')
    .option('--top <n>', 'how many reasons for near misses are shown', positive(1_000_000), 5)
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, flags: Flags, command: Command) => {
      const wrong = usageProblem(name, flags);
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.couldNotRun });
      process.exitCode = await run(name, flags);
    });
}

function usageProblem(name: string | undefined, { capture, event, alert }: Flags): string | undefined {
  if (alert !== undefined)
    return (capture ?? event) ? '--alert stands alone: without --capture and --event' : undefined;
  if (name === undefined) return 'which rule? Give its name, in quotes';
  if (capture === undefined && event === undefined)
    return 'explain what? Give --capture, --event field=value or --alert';
  if (capture !== undefined && event !== undefined && !isNumber(event))
    return `--event in a capture is a number (evt.num), not ${event.join(' ')}`;
  if (capture === undefined && event !== undefined && isNumber(event))
    return '--event with a number needs the capture: --capture FILE';
  return undefined;
}

const isNumber = (words: readonly string[]): boolean => words.length === 1 && /^\d{1,15}$/.test(words[0]!);

async function run(name: string | undefined, flags: Flags): Promise<number> {
  if (flags.alert !== undefined) return explainAlert(name, flags.alert, flags);
  const { rule, language } = await findRule(toBytes(name!), flags);
  if (flags.capture === undefined) return explainFacts(rule, language, flags.event!, flags);
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  const [capture] = await captureFiles([flags.capture]);
  const job: ExplainJob = {
    rule,
    capture: capture!,
    sources: language.others,
    onDiagnostic: complaints.tell,
    ...(flags.quiet !== true && { onProgress: (progress) => bar.update(progress) }),
  };
  if (flags.event === undefined) {
    const misses = await nearMisses(job);
    bar.clear();
    tellMisses(misses, rule, flags);
  } else {
    const num = Number(flags.event[0]);
    const found = await explainEvent(num, job);
    bar.clear();
    if (found === undefined && !complaints.failed)
      throw failure('EXPLAIN_NO_EVENT', `there is no event with the number ${num}`, {
        file: flags.capture,
        hint: 'tiercel show FILE lists the events with their numbers',
      });
    if (found !== undefined) tellDecision(found, rule, flags);
  }
  return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
}

/** A rule by its name, with everything that its files say. Throws a `DiagnosticError` for files with errors. */
async function findRule(
  name: ByteString,
  { rules: paths, config }: Flags,
  over?: (lookup: FieldLookup) => FieldLookup,
): Promise<{ readonly rule: ModelRule; readonly language: Language }> {
  const files = readRuleFiles(paths);
  const sources = await sourcesOfRules(files, (await configuredPlugins(config)).sources);
  const language = languageWith({ sources, ...(over && { over }) });
  const loaded = loadRules(files, language);
  const error = loaded.diagnostics.find(({ severity }) => severity === 'error');
  if (error) throw new DiagnosticError(error);
  return { rule: ruleNamed(name, new RuleModel(files, loaded, language).rules, paths), language };
}

const failure = (code: string, message: string, more: Partial<Diagnostic>): DiagnosticError =>
  new DiagnosticError({ code, severity: 'error', message, ...more });

/** Explains an event that is made of facts. */
function explainFacts(rule: ModelRule, language: Language, words: readonly string[], flags: Flags): number {
  const { event, derived } = eventOf(words.map(factOf), rule, language);
  tellDecision(explain(rule, event), rule, flags);
  if (flags.json || !flags.full) return EXIT.fine;
  const rows = derived.map(({ field, value, from }) => [field, value, from]);
  if (rows.length > 0) process.stdout.write(`\nFilled in:\n\n${table(['FIELD', 'VALUE', 'FROM'], rows)}`);
  return EXIT.fine;
}

function eventOf(facts: readonly Fact[], { loaded }: ModelRule, language: Language): SceneEvent {
  try {
    return sceneOf(loaded.source, language).apply(facts);
  } catch (error) {
    if (!(error instanceof SceneError)) throw error;
    throw failure('EXPLAIN_FACT', error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
}

/** `field=value`; `null` says that there is no value. */
function factOf(word: string): Fact {
  const equals = word.indexOf('=');
  if (equals < 1)
    throw failure('EXPLAIN_FACT', `"${word}" is no fact`, {
      hint: 'write field=value, as in proc.name=bash',
    });
  const value = word.slice(equals + 1);
  return { field: word.slice(0, equals), value: value === 'null' ? null : value };
}

/** Explains an alert from what it says itself. */
async function explainAlert(name: string | undefined, path: string, flags: Flags): Promise<number> {
  const alerts = await readAlerts(path);
  const wanted = name === undefined ? undefined : toBytes(name);
  const alert = alerts.find((one) => wanted === undefined || one.rule === wanted);
  if (alert === undefined)
    throw failure('EXPLAIN_ALERT', `there is no alert${name === undefined ? '' : ` of the rule "${name}"`}`, {
      file: path,
      hint: 'alerts are JSON objects with "rule" and "output_fields", as Falco prints them with json_output',
    });
  const fields = new AlertFields();
  const { rule } = await findRule(alert.rule, flags, (lookup) => fields.over(lookup));
  fields.values = alert.values;
  const decision = decide(rule.whole, alertProbe(fields));
  if (flags.json) process.stdout.write(`${decisionJson({ rule, decision })}\n`);
  else
    process.stdout.write(
      `${heading(rule, ALERT_VERDICTS[decision.outcome], [])}\n\n${tree(decision, rule, flags)}\n`,
    );
  return EXIT.fine;
}

const ALERT_VERDICTS = {
  true: 'holds for the alert',
  false:
    'does not hold for the alert: it came from another version of the rule, or from other fields than those shown',
  unknown: 'holds as far as the alert tells: what is marked ? it does not say',
  unreached: '',
} as const;

function tellDecision(found: Explanation, rule: ModelRule, flags: Flags): void {
  if (flags.json) {
    process.stdout.write(`${decisionJson({ rule, ...found })}\n`);
    return;
  }
  const { asked, decision, line } = found;
  const verdict = !asked
    ? `is not asked at events of this type, only at ${typesOf(rule)}`
    : decision.outcome === 'true'
      ? 'fires'
      : 'is silent';
  process.stdout.write(`${heading(rule, verdict, [fromBytes(line)])}\n\n${tree(decision, rule, flags)}\n`);
}

const typesOf = ({ codes }: ModelRule): string => {
  const names = [...new Set([...codes].map((code) => EVENTS[code]!.name))].filter((name) => name !== '');
  return names.length > 8
    ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} others`
    : names.join(', ');
};

function heading(rule: ModelRule, verdict: string, more: readonly string[]): string {
  const layout = layoutOf(process.stdout);
  return [
    `${paint('bold', fromBytes(rule.name), layout)} ${verdict}`,
    paint('dim', placeText(rule.place), layout),
    ...more,
  ].join('\n');
}

const tree = (decision: Decision, rule: ModelRule, { full }: Flags): string =>
  renderDecision(decision, layoutOf(process.stdout), { rule, ...(full && { full }) });

function tellMisses(misses: NearMisses, rule: ModelRule, { json, top }: Flags): void {
  if (json) process.stdout.write(`${nearMissesJson(misses, rule, top)}\n`);
  else
    process.stdout.write(
      `${heading(rule, missVerdict(misses), [])}\n\n${renderNearMisses(misses, { top, types: typesOf(rule) }, layoutOf(process.stdout))}\n`,
    );
}

const missVerdict = ({ matched, firstMatch }: NearMisses): string =>
  matched === 0
    ? 'never fires'
    : `fires at ${matched} event${matched === 1 ? '' : 's'}, first at event ${firstMatch}`;
