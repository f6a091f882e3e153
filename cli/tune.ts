import { Command, Option } from 'commander';
import {
  captureFiles,
  captureAlerts,
  loadFalcoConfig,
  loadSelectedRules,
  readAlerts,
  runRules,
  type KnownAlert,
  type SelectedRules,
} from '../daemon/index.ts';
import {
  DiagnosticError,
  fromBytes,
  toBytes,
  type AlertValues,
  type ByteString,
  type Diagnostic,
} from '../engine/index.ts';
import {
  declaredExceptions,
  exceptionFile,
  groupAlerts,
  tuningFields,
  type TuningFields,
  hookFile,
  hooksOf,
  proposeExceptions,
  subjectsOf,
  RuleModel,
  type AlertGroup,
  type ModelRule,
  type ProposedException,
} from '../rules/index.ts';
import { layoutOf, paint, type Layout } from './columns.ts';
import { Complaints } from './complaints.ts';
import { EXIT } from './exit.ts';
import { gather, positive } from './flags.ts';
import { grouped, ProgressBar } from './progress.ts';
import { ruleNamed } from './rule-named.ts';
import { table } from './table.ts';
import { writeOutput } from './test/output-file.ts';
import { writeTuneTest } from './tune-test.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly alerts: readonly string[];
  readonly capture: readonly string[];
  readonly silence?: readonly number[];
  readonly proposal: number;
  readonly as: 'exception' | 'macro';
  readonly output?: string;
  readonly test?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel tune -r falco_rules.yaml --alerts falco.log                          which rules alert, and how often
  $ tiercel tune 'Read sensitive file untrusted' -r falco_rules.yaml --alerts falco.log
  $ tiercel tune 'Read sensitive file untrusted' -r falco_rules.yaml --capture week.scap --silence 1,3
  $ tiercel tune 'Read sensitive file untrusted' -r falco_rules.yaml --capture week.scap --silence 1,3 -o local.yaml --test local.test.yaml

The alerts of a rule are put into groups that differ in few fields. --silence names the groups that you know to be harmless; what is proposed silences
them with the fewest fields and, where that is possible, nothing else: what else it would silence is shown. The file is printed, or written with -o;
put it after the rules of Falco, and hold it fast with a test (--test, tiercel test).

Alerts of Falco are JSON lines (json_output: true) and say only what the output of the rule names; from captures, all fields are known.

Exit status: 0 fine; 1 nothing can be proposed; 2 could not run.`;

/** `tiercel tune`: exceptions for alerts that nobody wants. */
export function tuneCommand(): Command {
  return new Command('tune')
    .description(
      'Groups the alerts of a rule and proposes the smallest exception that silences those that you choose.',
    )
    .argument('[rule]', 'the name of the rule; without it, all rules that alert are listed')
    .requiredOption(
      '-r, --rules <path>',
      'rule file or folder; repeat for several, loaded together',
      gather,
      [],
    )
    .option('-c, --config <file>', 'falco.yaml, for the rules that run and the plug-ins that it loads')
    .option('--alerts <file>', 'alerts of Falco as JSON lines, or "-"; repeat for several', gather, [])
    .option('--capture <file>', 'capture whose alerts are taken; repeat for several', gather, [])
    .option('--silence <groups>', 'numbers of the groups to silence, as in 1,3', groupNumbers)
    .option('--proposal <n>', 'which of the proposals is written', positive(100), 1)
    .addOption(
      new Option(
        '--as <form>',
        'what is written: an exception of the rule, or the macro that the rule keeps for this',
      )
        .choices(['exception', 'macro'])
        .default('exception'),
    )
    .option('-o, --output <file>', 'where the rule file is written; standard output by default')
    .option('--test <file>', 'write a test that holds fast what is silenced and what is not; needs -o')
    .option('--json', 'groups and proposals as one JSON object')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, flags: Flags, command: Command) => {
      if (flags.alerts.length + flags.capture.length === 0)
        command.error('error: tune from what? Give --alerts FILE or --capture FILE', {
          exitCode: EXIT.couldNotRun,
        });
      if (flags.test !== undefined && flags.output === undefined)
        command.error('error: --test needs -o FILE: the test names the rule file that is written', {
          exitCode: EXIT.couldNotRun,
        });
      process.exitCode = await run(name, flags);
    });
}

function groupNumbers(text: string): readonly number[] {
  return text.split(',').map((part) => positive(1_000_000)(part.trim()));
}

async function run(name: string | undefined, flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  const { config } = loadFalcoConfig({
    ...(flags.config !== undefined && { file: flags.config }),
    options: ['rule_matching=all'],
    env: process.env,
  });
  const selected = await loadSelectedRules(flags.rules, config);
  selected.loaded.diagnostics.filter(({ severity }) => severity === 'error').forEach(complaints.tell);
  if (complaints.failed) return EXIT.couldNotRun;
  const rule =
    name === undefined ? undefined : ruleNamed(toBytes(name), modelOf(selected).rules, flags.rules);
  const alerts: KnownAlert[] = [];
  for (const path of flags.alerts) alerts.push(...(await readAlerts(path)));
  if (flags.capture.length > 0)
    alerts.push(
      ...(await captureAlerts({
        captures: await captureFiles(flags.capture),
        rules: runRules(selected.running, config, selected.sources),
        rule: rule?.name,
        onDiagnostic: complaints.tell,
        ...(flags.quiet !== true && { onProgress: (progress) => bar.update(progress) }),
      })),
    );
  bar.clear();
  const status =
    rule === undefined ? listRules(alerts, selected, flags) : await tune(rule, alerts, selected, flags);
  return complaints.failed ? EXIT.couldNotRun : status;
}

const modelOf = ({ files, loaded, language }: SelectedRules): RuleModel =>
  new RuleModel(files, loaded, language);

const failure = (code: string, message: string, hint?: string): DiagnosticError => {
  const diagnostic: Diagnostic = { code, severity: 'error', message, ...(hint !== undefined && { hint }) };
  return new DiagnosticError(diagnostic);
};

/** Which rules alert: the first thing that somebody wants to know. */
function listRules(
  alerts: readonly KnownAlert[],
  { language, running }: SelectedRules,
  { json }: Flags,
): number {
  const sources = new Map(running.map(({ name, source }) => [name, source]));
  const byRule = new Map<ByteString, AlertValues[]>();
  for (const { rule, values } of alerts) byRule.set(rule, [...(byRule.get(rule) ?? []), values]);
  const rows = [...byRule]
    .map(([rule, values]) => ({
      rule: fromBytes(rule),
      alerts: values.length,
      groups: groupAlerts(values, tuningFields(language, sources.get(rule) ?? 'syscall')).length,
    }))
    .sort((a, b) => b.alerts - a.alerts);
  if (json) process.stdout.write(`${JSON.stringify({ rules: rows })}\n`);
  else if (rows.length === 0) process.stdout.write('No alerts.\n');
  else
    process.stdout.write(
      table(
        ['ALERTS', 'GROUPS', 'RULE'],
        rows.map((row) => [grouped(row.alerts), grouped(row.groups), row.rule]),
      ),
    );
  return EXIT.fine;
}

async function tune(
  rule: ModelRule,
  alerts: readonly KnownAlert[],
  { files, language }: SelectedRules,
  flags: Flags,
): Promise<number> {
  const by = tuningFields(language, rule.loaded.source);
  const values = alerts.filter((alert) => alert.rule === rule.name).map((alert) => alert.values);
  const groups = groupAlerts(values, by);
  const { silence } = flags;
  if (silence === undefined) {
    process.stdout.write(
      flags.json ? `${groupsJson(rule, groups)}\n` : groupsText(rule, groups, layoutOf(process.stdout)),
    );
    return EXIT.fine;
  }
  const beyond = silence.find((number) => number > groups.length);
  if (beyond !== undefined)
    throw failure(
      'TUNE_NO_GROUP',
      groups.length === 0
        ? 'the rule has no alerts here'
        : `there is no group ${beyond}: the alerts of the rule make ${groups.length === 1 ? 'one group' : `${groups.length} groups`}`,
      groups.length === 0
        ? 'without a rule, those that alert are listed'
        : 'without --silence, the groups are listed with their numbers',
    );
  const unwanted = groups.filter((_, i) => silence.includes(i + 1)).flatMap((group) => group.alerts);
  const wanted = groups.filter((_, i) => !silence.includes(i + 1)).flatMap((group) => group.alerts);
  const proposals = proposeExceptions(unwanted, wanted, declaredExceptions(rule), {
    by,
    looksFor: subjectsOf(rule),
  });
  const chosen = proposals[flags.proposal - 1];
  if (chosen === undefined) {
    const message =
      proposals.length === 0
        ? 'no exception can be proposed: the chosen alerts have no field in common that one could name'
        : proposals.length === 1
          ? 'there is only one proposal'
          : `there are only ${proposals.length} proposals`;
    process.stderr.write(`${message}\n`);
    return EXIT.findings;
  }
  const file = fileOf(rule, chosen, flags);
  if (flags.json) {
    process.stdout.write(`${proposalsJson(rule, proposals, unwanted.length, file, by)}\n`);
    return EXIT.fine;
  }
  process.stderr.write(
    proposalsText(proposals, flags.proposal, unwanted.length, by, layoutOf(process.stderr)),
  );
  if (flags.output === undefined) {
    if (process.stderr.isTTY) process.stderr.write('\n');
    process.stdout.write(file);
  } else {
    writeOutput(flags.output, file);
    process.stderr.write(`Written: ${flags.output}\n`);
    if (flags.test !== undefined) {
      const local = { name: flags.output, content: toBytes(file) };
      const tuned = { rule, files, local, groups, silence };
      process.stderr.write(await writeTuneTest(tuned, flags.test));
    }
  }
  return EXIT.fine;
}

function fileOf(rule: ModelRule, chosen: ProposedException, { as }: Flags): string {
  if (as === 'exception') return exceptionFile(rule.name, chosen);
  const [hook] = hooksOf(rule);
  if (hook === undefined)
    throw failure(
      'TUNE_NO_MACRO',
      `the rule "${fromBytes(rule.name)}" keeps no macro for what a site knows to be harmless`,
      'leave --as away: an exception works for every rule',
    );
  return hookFile(hook, chosen);
}

function groupsText(rule: ModelRule, groups: readonly AlertGroup[], layout: Layout): string {
  const title = paint('bold', fromBytes(rule.name), layout);
  if (groups.length === 0) return `${title}: no alerts\n`;
  const total = groups.reduce((sum, { alerts }) => sum + alerts.length, 0);
  const fields = [...groups[0]!.values.keys()];
  const rows = groups.map(({ values, alerts }, i) => [
    String(i + 1),
    grouped(alerts.length),
    ...fields.map((field) => shown(values.get(field))),
  ]);
  const count = `${grouped(total)} alert${total === 1 ? '' : 's'} in ${groups.length} group${groups.length === 1 ? '' : 's'}`;
  return `${title}: ${count}\n\n${table(['GROUP', 'ALERTS', ...fields.map((field) => fromBytes(field).toUpperCase())], rows)}\nChoose with --silence which groups are harmless.\n`;
}

/** Longer values are cut. */
const LONGEST = 48;

function shown(value: ByteString | undefined): string {
  if (value === undefined) return '-';
  const text = fromBytes(value).replace(/\s+/g, ' ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function proposalsText(
  proposals: readonly ProposedException[],
  chosen: number,
  count: number,
  by: TuningFields,
  layout: Layout,
): string {
  const lines = proposals.flatMap((proposal, i) => {
    const mark = i + 1 === chosen ? '▶' : ' ';
    const [first, ...rest] = describe(proposal, by);
    return [
      paint(i + 1 === chosen ? 'bold' : 'dim', `${mark} ${i + 1}. ${first}`, layout),
      ...rest.map((line) => `     ${line}`),
    ];
  });
  return `Silences ${grouped(count)} alert${count === 1 ? '' : 's'}:\n${lines.join('\n')}\n`;
}

function describe(
  { fields, comps, values, existing, others }: ProposedException,
  by: TuningFields,
): readonly string[] {
  const what = fields
    .map((field, i) => `${fromBytes(field)} ${comps[i]} ${values.length === 1 ? shown(values[0]![i]) : '…'}`)
    .join(' and ');
  const more = values.length === 1 ? '' : `, ${values.length} values`;
  const where = existing === undefined ? '' : ` (the exception ${fromBytes(existing)} of the rule)`;
  const also =
    others.length === 0
      ? 'silences nothing else here'
      : `silences ${grouped(others.length)} other alert${others.length === 1 ? '' : 's'} too:`;
  const which = groupAlerts(others, by)
    .slice(0, 3)
    .map(
      (group) =>
        `  ${group.alerts.length} × ${[...group.values].map(([field, value]) => `${fromBytes(field)}=${shown(value)}`).join(' ') || 'the same in all fields'}`,
    );
  return [`${what}${more}${where}`, also, ...which];
}

const groupJson = ({ values, alerts }: AlertGroup, i: number): object => ({
  group: i + 1,
  alerts: alerts.length,
  values: Object.fromEntries(
    [...values].map(([field, value]) => [fromBytes(field), value === undefined ? null : fromBytes(value)]),
  ),
});

const groupsJson = (rule: ModelRule, groups: readonly AlertGroup[]): string =>
  JSON.stringify({ rule: fromBytes(rule.name), groups: groups.map(groupJson) });

const proposalsJson = (
  rule: ModelRule,
  proposals: readonly ProposedException[],
  count: number,
  file: string,
  by: TuningFields,
): string =>
  JSON.stringify({
    rule: fromBytes(rule.name),
    silences: count,
    proposals: proposals.map(({ fields, comps, values, existing, others }) => ({
      fields: fields.map(fromBytes),
      comps,
      values: values.map((tuple) => tuple.map(fromBytes)),
      existing: existing === undefined ? null : fromBytes(existing),
      others: groupAlerts(others, by).map(groupJson),
    })),
    file,
  });
