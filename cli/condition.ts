import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { readRuleFiles, sourcesOfRules, type LoadedPlugins } from '../daemon/index.ts';
import {
  didYouMean,
  DiagnosticError,
  fromBytes,
  print,
  toBytes,
  type ByteString,
  type Diagnostic,
  type FieldLookup,
} from '../engine/index.ts';
import {
  bindBareField,
  ConditionChecker,
  languageWith,
  loadRules,
  type AcceptedCondition,
  type ConditionVerdict,
  type Language,
} from '../rules/index.ts';
import { builtInSources, sourceNamed, sourcesOfFields } from '../sources/index.ts';
import { layoutOf, paint, renderRows, type Layout } from './columns.ts';
import { renderDiagnostic, renderDiagnostics, tellOf } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';
import { addPlugins, CONFIG_FLAG, CONFIG_HELP, configuredPlugins, languageOf } from './plugins.ts';
import { hasColour } from './terminal.ts';

interface Flags {
  readonly json?: true;
  readonly rules: readonly string[];
  readonly plugin?: readonly string[];
  readonly source?: string;
  readonly config?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel condition 'evt.type in (open, openat) and fd.name startswith /etc'
  $ tiercel condition 'spawned_process and proc.name in (shell_binaries)' -r falco_rules.yaml
  $ tiercel condition --source k8s_audit 'ka.verb = create and ka.target.resource = pods'
  $ tiercel condition - < conditions.txt               one condition per line
  $ jq '.[].condition' conditions.json | tiercel condition --json -

Says what Falco would understand, or where it would stop and why. Lines of standard input are conditions as they are, or JSON strings.

With --json, each condition gives one object on a line: {ok, error, position, compiled, fields, operators, events, warnings, hint}. "error" is Falco's
message; "position" counts as Falco does (offset in bytes from 0; line and column from 1; in the text with its lists replaced);
"events" is null where every event can match. It is the verdict of the bare engine, without plug-ins, unless --plugin says otherwise.

Exit status: 0 fine; 1 a condition is wrong; 2 could not run.`;

/** `tiercel condition`: checks conditions that stand alone. */
export function conditionCommand(): Command {
  return new Command('condition')
    .description('Checks one condition of Falco\'s language, or with "-" one on each line of standard input.')
    .argument('<condition...>', 'the condition, in one word or several; or "-"')
    .option('--json', 'one object per line, for programs')
    .option(
      '-r, --rules <path>',
      'rule file or folder whose macros and lists the condition uses; repeat for several',
      gather,
      [],
    )
    .option(
      '--plugin <name>',
      'plug-in whose fields there are: container, none, k8saudit, json …; by default container, with --json none, and those of the --source',
      addPlugins,
    )
    .option(CONFIG_FLAG, CONFIG_HELP)
    .option('--source <name>', 'the source that the condition is for: syscall, or k8s_audit', 'syscall')
    .addHelpText('after', EXAMPLES)
    .action(async (words: readonly string[], flags: Flags) => {
      process.exitCode = await run(words, flags);
    });
}

/** The language of the plug-ins that are named; without any, with the source that is asked for. */
async function languageFor(
  { json, plugin, source = 'syscall' }: Flags,
  loaded: LoadedPlugins,
): Promise<Language> {
  const names = plugin ?? [json ? 'none' : 'container'];
  const bind: FieldLookup | undefined = names.includes('container') ? undefined : bindBareField;
  const given = loaded.sources.some(({ name }) => name === source);
  const asked = plugin === undefined && !given ? await sourceNamed(source) : undefined;
  const language =
    asked === undefined
      ? await languageOf(names, loaded, bind)
      : languageWith({ ...(bind && { bind }), sources: [asked] });
  if (language.sources.includes(source)) return language;
  const known = [...new Set([...language.sources, ...builtInSources.map(({ name }) => name)])];
  throw new DiagnosticError({
    code: 'SOURCE_UNKNOWN',
    severity: 'error',
    message: `there is no event source "${source}"`,
    hint: known.includes(source)
      ? `its plug-in is not among those of --plugin`
      : (didYouMean(source, known) ?? `known sources: ${known.join(', ')}`),
  });
}

async function run(words: readonly string[], flags: Flags): Promise<number> {
  const { json, rules, source = 'syscall' } = flags;
  const loaded = await configuredPlugins(flags.config);
  const language = await languageFor(flags, loaded);
  const files = readRuleFiles(rules);
  const sources = await sourcesOfRules(files, loaded.sources);
  const definitions = rules.length === 0 ? undefined : loadRules(files, languageWith({ sources }));
  const errors = definitions?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
  if (errors.length > 0) {
    tellOf(...errors);
    return EXIT.couldNotRun;
  }
  const checker = new ConditionChecker(language, definitions, source);
  if (words.length === 1 && words[0] === '-') return checkLines(checker, json === true);
  const condition = toBytes(words.join(' '));
  const verdict = checker.check(condition);
  if (json) process.stdout.write(jsonLine(checker, verdict));
  else {
    const [other] = source === 'syscall' && !verdict.ok ? await sourcesOfFields([condition]) : [];
    process.stdout.write(textBlock(checker, verdict, language.lookup(source), other?.name));
  }
  return verdict.ok ? EXIT.fine : EXIT.findings;
}

/** Output is collected up to this many characters. */
const CHUNK = 1 << 16;

/** One condition per line of standard input, as they come. */
async function checkLines(checker: ConditionChecker, json: boolean): Promise<number> {
  let output = '';
  let lines = 0;
  let wrong = 0;
  const flush = async (): Promise<void> => {
    const text = output;
    output = '';
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  };
  process.stdin.setEncoding('latin1');
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const verdict = checker.check(conditionOf(line));
    lines++;
    if (!verdict.ok) wrong++;
    output += json ? jsonLine(checker, verdict) : lineBlock(checker, verdict, lines);
    if (output.length > CHUNK) await flush();
  }
  if (!json) output += `${lines} condition${lines === 1 ? '' : 's'}, ${wrong} wrong\n`;
  await flush();
  return wrong === 0 ? EXIT.fine : EXIT.findings;
}

/** A line as it is, or what it says as a JSON string. */
function conditionOf(line: ByteString): ByteString {
  if (!line.startsWith('"')) return line;
  try {
    const value: unknown = JSON.parse(fromBytes(line));
    return typeof value === 'string' ? toBytes(value) : line;
  } catch {
    return line;
  }
}

function jsonLine(checker: ConditionChecker, verdict: ConditionVerdict): string {
  return `${JSON.stringify(verdict.ok ? acceptedJson(verdict) : refusedJson(checker, verdict))}\n`;
}

const sorted = (names: Iterable<ByteString>): string[] => Array.from(names, fromBytes).sort();

function acceptedJson({ condition, details, events, warnings }: AcceptedCondition): object {
  return {
    ok: true,
    error: null,
    position: null,
    compiled: fromBytes(print(condition.expr)),
    fields: sorted(details.fields),
    operators: sorted(details.operators),
    events: events === undefined ? null : events.map(fromBytes),
    warnings: warnings.map(({ code, message }) => ({ code, message: fromBytes(message) })),
    hint: null,
  };
}

function refusedJson(
  checker: ConditionChecker,
  verdict: Exclude<ConditionVerdict, AcceptedCondition>,
): object {
  const { message, position } = verdict;
  return {
    ok: false,
    error: fromBytes(message),
    position: { offset: position.index, line: position.line, column: position.column },
    compiled: null,
    fields: [],
    operators: [],
    events: [],
    warnings: [],
    hint: explain(checker, verdict)[0]?.hint ?? null,
  };
}

/** What was found, with the flag that would help. */
const explain = (checker: ConditionChecker, verdict: ConditionVerdict): Diagnostic[] =>
  checker
    .explain(verdict)
    .map((diagnostic) =>
      diagnostic.hint?.endsWith('plug-in container, which is not loaded')
        ? { ...diagnostic, hint: `${diagnostic.hint}: --plugin container loads it` }
        : diagnostic,
    );

/** How many event types are named; of more only the number is told. */
const FEW = 12;

/** What was understood, for people. */
function textBlock(
  checker: ConditionChecker,
  verdict: ConditionVerdict,
  lookup: FieldLookup,
  other: string | undefined,
): string {
  const layout = layoutOf(process.stdout);
  const { colour } = layout;
  const explained = explain(checker, verdict).map((diagnostic) =>
    other === undefined || !diagnostic.message.includes('nonexistent field')
      ? diagnostic
      : { ...diagnostic, hint: `events of another source have it: --source ${other}` },
  );
  const found = renderDiagnostics(explained, 'text', { colour });
  if (!verdict.ok) return found;
  return `${found}${found === '' ? '' : '\n'}${understood(verdict, layout, lookup)}`;
}

function understood(
  { condition, details, events }: AcceptedCondition,
  layout: Layout,
  lookup: FieldLookup,
): string {
  const title = (text: string): string => paint('bold', text, layout);
  const fields = sorted(details.fields).map((name) => {
    const [, plain = name, arg] = /^([^[]*)(?:\[(.*)\])?$/s.exec(name) ?? [];
    const found = lookup(plain, arg);
    const field = found !== undefined && 'field' in found ? found.field : undefined;
    return { names: [name], kind: field?.type ?? '', text: field?.desc ?? '' };
  });
  return [
    `${title('understood as')}\n  ${fromBytes(print(condition.expr))}`,
    `${title('can match')}\n  ${eventsText(events, details.events)}`,
    ...(fields.length > 0 ? [`${title('fields')}\n${renderRows(fields, layout)}`] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Events of plug-ins are always among them; they count only where they are named. */
function eventsText(events: readonly ByteString[] | undefined, named: ReadonlySet<ByteString>): string {
  if (events === undefined) return 'every event: nothing in it restricts evt.type';
  const names = events.filter((name) => name !== 'asyncevent' || named.has(name)).map(fromBytes);
  if (names.length === 0) return 'no event';
  return names.length > FEW ? `${names.length} event types` : names.join(', ');
}

/** What was found in a line of standard input. */
function lineBlock(checker: ConditionChecker, verdict: ConditionVerdict, line: number): string {
  if (verdict.ok && verdict.warnings.length === 0) return '';
  const colour = hasColour(process.stdout);
  return explain(checker, verdict)
    .map((diagnostic) => `${renderDiagnostic(inLine(diagnostic, line), { colour })}\n`)
    .join('');
}

function inLine(diagnostic: Diagnostic, line: number): Diagnostic {
  const { file, text, line: own = 1 } = diagnostic;
  if (file !== undefined || text === undefined) return diagnostic;
  return { ...diagnostic, file: '-', line, excerpt: text.split(/\r\n|\r|\n/)[own - 1] ?? '' };
}
