import { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadRunning, type RouteTrial, type RouteTrials } from '../daemon/index.ts';
import { didYouMean, DiagnosticError, unreadable, type Diagnostic } from '../engine/index.ts';
import { AlertError, composeAlert, priorityNamed, readAlert, type RoutedAlert } from '../outputs/index.ts';
import { layoutOf } from './columns.ts';
import { tellOf } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { silenceCommands } from './routes-silences.ts';
import { renderTrial, renderTrialTree, trialJson } from './routes-text.ts';

const running = await loadRunning();

interface Flags {
  readonly config: string;
  readonly alert?: string;
  readonly at?: number;
  readonly verify?: readonly string[];
  readonly tree?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel routes test rule='Terminal shell in container' priority=warning k8s.ns.name=prod
  $ tiercel routes test -c tiercel.yaml priority=critical tags=network,mitre_execution --tree
  $ tiercel routes test --alert alerts.jsonl --at 2026-01-31T03:00:00+01:00
  $ tiercel routes test priority=critical k8s.ns.name=prod --verify slack-sec,archive

An alert is made of what is given: rule, priority (notice if left away), source, hostname, tags (with commas between them), output, input, and any other
field by its name. With --alert, alerts are read from a file of JSON lines, and what is given besides replaces what they say.

Printed are the outputs that get the alert, with the routes that say so, and what stages of routes hold back. Several alerts are routed one after the
other, as they say when they came, so that dedup, throttle and groups show what they do. --tree shows every route: whether it took the alert (✓), did
not (✗) or was not asked (·), and why.

Exit status: 0 fine; 1 the outputs are not those of --verify; 2 could not run: the file, its routes or an alert have an error.`;

/** `tiercel routes`: where alerts go. */
export function routesCommand(): Command {
  const routes = new Command('routes').description(
    'Says where alerts go, and why, without sending any; silences some in the tiercel that runs.',
  );
  routes.addCommand(testCommand());
  for (const command of silenceCommands(moment)) routes.addCommand(command);
  return routes.addHelpText('after', EXAMPLES);
}

function testCommand(): Command {
  return new Command('test')
    .summary('say where alerts would go')
    .description('Says where an alert would go, by the routes of tiercel.yaml. Nothing is sent.')
    .argument('[key=value...]', 'what the alert says')
    .option('-c, --config <file>', 'the file with the routes', 'tiercel.yaml')
    .option('--alert <file>', 'alerts as JSON lines, or "-"')
    .option(
      '--at <time>',
      'when the alert comes, such as 2026-01-31T03:00:00Z; now if left away',
      moment('--at'),
    )
    .option('--verify <outputs>', 'exactly these outputs must get the alert; commas between them', names)
    .option('--tree', 'show every route, and why it took the alert or did not')
    .option('--json', 'one JSON object per alert, for programs')
    .addHelpText('after', EXAMPLES)
    .action(async (facts: readonly string[], flags: Flags, command: Command) => {
      if (facts.length === 0 && flags.alert === undefined)
        command.error('error: which alert? Give key=value, or --alert', { exitCode: EXIT.couldNotRun });
      process.exitCode = await run(facts, flags);
    });
}

const names = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** Reads the time of a flag. */
const moment =
  (flag: string) =>
  (text: string): number => {
    const time = /(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(time))
      throw wrong(`${flag} ${text}: a time with its zone was expected, such as 2026-01-31T03:00:00Z`);
    return time;
  };

async function run(facts: readonly string[], flags: Flags): Promise<number> {
  const trials = loadTrials(flags.config);
  if (trials === undefined) return EXIT.couldNotRun;
  const given = factsOf(facts);
  const unknown = flags.verify?.find((name) => !trials.outputs.includes(name));
  if (unknown !== undefined)
    throw wrong(`--verify: no route names the output ${unknown}`, didYouMean(unknown, trials.outputs));
  const alerts =
    flags.alert === undefined ? [made(given, flags.at)] : await read(flags.alert, given, flags.at);
  const layout = layoutOf(process.stdout);
  let status: number = EXIT.fine;
  for (const alert of alerts) {
    const trial = trials.try(alert, alert.received);
    const render = flags.tree ? renderTrialTree : renderTrial;
    process.stdout.write(flags.json ? `${trialJson(trial)}\n` : render(trial, layout, alerts.length > 1));
    const mismatch = flags.verify && mismatchOf(trial, flags.verify);
    if (mismatch === undefined) continue;
    process.stderr.write(`${mismatch}\n`);
    status = EXIT.findings;
  }
  return status;
}

function loadTrials(path: string): RouteTrials | undefined {
  const file = running.readRoutingFile(path, process.env);
  const loaded =
    'problems' in file
      ? { trials: undefined, diagnostics: file.problems }
      : ((): { trials: RouteTrials | undefined; diagnostics: readonly Diagnostic[] } => {
          const { trials, problems } = running.RouteTrials.of(file);
          return { trials, diagnostics: problems.map(file.diagnosticOf) };
        })();
  tellOf(...loaded.diagnostics);
  return loaded.trials;
}

/** What is different from what was expected; undefined if nothing is. */
function mismatchOf({ routed }: RouteTrial, expected: readonly string[]): string | undefined {
  const got = new Set([
    ...routed.entries.flatMap(({ deliveries }) => deliveries.map(({ output }) => output)),
    ...routed.held.flatMap(({ outputs }) => outputs),
  ]);
  const missing = expected.filter((name) => !got.has(name));
  const extra = [...got].filter((name) => !expected.includes(name));
  if (missing.length === 0 && extra.length === 0) return undefined;
  const parts = [
    ...(missing.length > 0 ? [`${missing.join(', ')} would not get it`] : []),
    ...(extra.length > 0 ? [`${extra.join(', ')} would get it`] : []),
  ];
  return `not as expected (${expected.join(', ') || 'no output'}): ${parts.join('; ')}`;
}

// ---- alerts

const OWN_KEYS = ['rule', 'priority', 'source', 'hostname', 'tags', 'output', 'input', 'time'] as const;
type OwnKey = (typeof OWN_KEYS)[number];

/** What is given on the command line. */
interface Facts {
  readonly own: Partial<Record<OwnKey, string>>;
  readonly fields: ReadonlyMap<string, string>;
}

function factsOf(facts: readonly string[]): Facts {
  const own: Partial<Record<OwnKey, string>> = {};
  const fields = new Map<string, string>();
  for (const fact of facts) {
    const [, key, value] = /^([^=]+)=([^]*)$/.exec(fact) ?? [];
    if (key === undefined || value === undefined)
      throw wrong(`"${fact}": key=value was expected`, 'such as priority=critical');
    if (isOwn(key)) own[key] = value;
    else {
      const hint = key.includes('.') ? undefined : didYouMean(key, OWN_KEYS);
      if (hint !== undefined) throw wrong(`an alert has no ${key}`, hint);
      fields.set(key, value);
    }
  }
  return { own, fields };
}

const isOwn = (key: string): key is OwnKey => (OWN_KEYS as readonly string[]).includes(key);

function made({ own, fields }: Facts, at = Date.now()): RoutedAlert {
  const { rule = '', source = 'syscall', hostname = '', output = '', input = '' } = own;
  return composeAlert(
    {
      rule,
      priority: priority(own.priority ?? 'notice'),
      source,
      hostname,
      time: own.time ?? new Date(at).toISOString(),
      tags: names(own.tags ?? ''),
      output,
      fields,
    },
    { input, received: at },
  );
}

function priority(name: string): RoutedAlert['priority'] {
  const found = priorityNamed(name);
  if (found !== undefined) return found;
  throw wrong(
    `${name} is no priority`,
    'priorities are debug, informational, notice, warning, error, critical, alert and emergency',
  );
}

/** The alerts of a file, with what is given instead of what they say. They come when they say, or all at one time. */
async function read(path: string, facts: Facts, at: number | undefined): Promise<readonly RoutedAlert[]> {
  const alerts: RoutedAlert[] = [];
  let number = 0;
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      if (line.trim() === '') continue;
      const alert = readAlert(line, { input: facts.own.input ?? '', received: 0 });
      alerts.push(changed(alert, facts, at));
    }
  } catch (error) {
    const place = { file: path === '-' ? '<stdin>' : path };
    if (error instanceof AlertError) throw wrong(error.message, error.hint, { ...place, line: number });
    if (error instanceof DiagnosticError) throw error;
    throw unreadable('ALERTS_UNREADABLE', path, error);
  }
  if (alerts.length === 0) throw wrong(`there is no alert in ${path}`);
  return alerts;
}

function changed(alert: RoutedAlert, { own, fields }: Facts, at: number | undefined): RoutedAlert {
  const { tags, priority: level, ...texts } = own;
  const said = {
    ...alert,
    ...texts,
    ...(level !== undefined && { priority: priority(level) }),
    ...(tags !== undefined && { tags: names(tags) }),
    fields: new Map([...alert.fields, ...fields]),
  };
  return { ...said, received: at ?? Date.parse(said.time) };
}

function wrong(message: string, hint?: string, place: Partial<Diagnostic> = {}): DiagnosticError {
  return new DiagnosticError({
    code: 'ROUTES_TEST',
    severity: 'error',
    message,
    ...(hint !== undefined && { hint }),
    ...place,
  });
}
