import { Command } from 'commander';
import { loadFalcoConfig, loadSelectedRules, runRules, type SelectedRules } from '../daemon/index.ts';
import {
  didYouMean,
  DiagnosticError,
  fromBytes,
  seenPart,
  seenTypes,
  toBytes,
  type EventCode,
} from '../engine/index.ts';
import { layoutOf } from './columns.ts';
import { renderProgram, renderRule, renderRules } from './compile-text.ts';
import { CompileView } from './compile-view.ts';
import { tellOf } from './diagnostics.ts';
import { findEvents } from './events.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly option: readonly string[];
  /** True without the name of a rule. */
  readonly print?: string | true;
  readonly eventType?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel compile -r falco_rules.yaml                              where each rule is asked, and what it shares
  $ tiercel compile -r rules/ --print "Terminal shell in container"  the code of one rule
  $ tiercel compile -r rules/ --print --event-type openat            the function that all openat go through
  $ tiercel compile -r rules/ -o rule_matching=all --print --event-type execve > execve.js
  $ tiercel compile -r rules/ --json | jq -r '.rules[] | select(.questions == []) | .rule'

All rules that are asked at an event type become one JavaScript function. It holds nothing of their text: checks stand in a table, and are called by
number: t3 is asked about an event, a3 about a value that g0 has read, e0 asks whether any of several checks accepts one, m0 remembers
values that were met before. Of the functions, f0 reads a field once for an event, s0 keeps the result of a part for the event, and k0 for the value. q0 is
a question that several rules have in common: where the answer is no, all of them are ruled out.

With --print RULE the code is that of the rule alone; what it shares with others is said before it. With --json there is one object: {rules: [{rule, source,
events, checks: [{check, shared}], questions: [{events, about, question, rules}]}], programs: [{source, events, rules, code, constants: [{name, kind, text,
rules}]}]}, the programs with --print only.

Exit status: 0 fine; 1 a rule file has an error; 2 there is no such rule or event type, or something could not be read.`;

/** `tiercel compile`: what rules are compiled into. */
export function compileCommand(): Command {
  return new Command('compile')
    .description('Shows what rules are compiled into: where they are asked, what they share, and the code.')
    .option(
      '-r, --rules <path>',
      'rule file, or folder with rule files; repeat for several, order counts',
      gather,
      [],
    )
    .option('-c, --config <file>', 'falco.yaml')
    .option('-o, --option <key=value>', 'set a key of falco.yaml; repeat for several', gather, [])
    .option('--print [rule]', 'print the code: of one rule, or of all together')
    .option('--event-type <name>', 'only what is asked at this event type')
    .option('--json', 'everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      process.exitCode = await run(flags);
    });
}

async function run({ rules: paths, config: file, option, print, eventType, json }: Flags): Promise<number> {
  const { config, warnings } = loadFalcoConfig({
    ...(file !== undefined && { file }),
    options: option,
    env: process.env,
  });
  const rulePaths = paths.length > 0 ? paths : config.rules_files;
  if (rulePaths.length === 0)
    throw new DiagnosticError({
      code: 'NO_RULES',
      severity: 'error',
      message: 'no rules to compile',
      hint: 'name rule files or folders with -r, or under rules_files in the file given with -c',
    });
  const selected = await loadSelectedRules(rulePaths, config);
  const errors = selected.loaded.diagnostics.filter(({ severity }) => severity === 'error');
  const told = [...warnings, ...errors];
  tellOf(...told);
  if (errors.length > 0) return EXIT.findings;

  const wanted = typeof print === 'string' ? findRule(print, selected) : undefined;
  const view = new CompileView(runRules(selected.running, config).engine, codesOf(eventType));
  const rules = view.rules(wanted);
  const programs = print === undefined ? undefined : view.programs(wanted);
  if (json) process.stdout.write(`${JSON.stringify({ rules, programs }, undefined, 2)}\n`);
  else {
    const layout = layoutOf(process.stdout);
    const nobody = typeof print === 'string' ? `the rule "${print}" is not asked` : 'no rule is asked';
    const nothing = eventType === undefined ? nobody : `${nobody} at ${eventType}`;
    const parts =
      rules.length === 0
        ? [nothing]
        : programs === undefined
          ? [renderRules(rules, layout)]
          : [
              ...(wanted === undefined ? [] : rules.map((rule) => renderRule(rule, layout))),
              ...programs.map((program) => renderProgram(program, layout)),
            ];
    process.stdout.write(`${parts.join('\n\n')}\n`);
  }
  return EXIT.fine;
}

/** The event types that rules see, or those of one name. */
function codesOf(name: string | undefined): readonly EventCode[] {
  const types =
    name === undefined
      ? seenTypes()
      : findEvents(name).flatMap((event) => seenPart(event).types.map(({ info }) => info));
  return [...new Set(types.map(({ code }) => code))];
}

/** The index of a rule among those that run. */
function findRule(name: string, { running, loaded }: SelectedRules): number {
  const bytes = toBytes(name);
  const index = running.findIndex((rule) => rule.name === bytes);
  if (index >= 0) return index;
  const isLoaded = loaded.rules.some((rule) => rule.name === bytes);
  throw new DiagnosticError({
    code: 'RULE_UNKNOWN',
    severity: 'error',
    message: isLoaded ? `the rule "${name}" does not run` : `there is no rule "${name}"`,
    hint: isLoaded
      ? 'it is not enabled, or less severe than the priority in falco.yaml'
      : (didYouMean(
          name,
          running.map((rule) => fromBytes(rule.name)),
        ) ?? 'tiercel compile without --print lists all'),
  });
}
