import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadFalcoConfig, loadSelectedRules } from '../daemon/index.ts';
import { DiagnosticError, fromBytes, unwritable, type ByteString } from '../engine/index.ts';
import { makeFeedRule, type FeedRule, type FieldRemark } from '../rules/index.ts';
import { tellOf } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { gather } from './flags.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly name: string;
  readonly output?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel feed-rule -r local.yaml -o feed.yaml
  $ tiercel feed-rule -r falco_rules.yaml -r local.yaml -c /etc/falco/falco.yaml -o /etc/falco/rules.d/tiercel_feed.yaml

Falco evaluates the rule that is written, and sends an alert for each event that the local rules may want; tiercel run takes these as events (as: events) and
evaluates the local rules on them. They can change without Falco being touched, as long as they ask for no other events and fields.

In falco.yaml, Falco needs:
  rules_files: [..., feed.yaml]     load it
  rule_matching: all                else the first rule that matches an event hides it from the others
  json_output: true                 values keep their types
  priority: debug                   the priority of the feed rule
  http_output or file_output        to tiercel. Each output of Falco gets each alert, these too: switch the others off and let tiercel route
                                    (those of the feed have the tag tiercel_feed and the rule's name)

What cannot travel in alerts is told, with the reason: a rule that needs it belongs into Falco.

Exit status: 0 written; 1 written, and some fields do not travel, or rules are not about system calls; 2 could not run.`;

/** `tiercel feed-rule`: the rule with which Falco streams the events that local rules need. */
export function feedRuleCommand(): Command {
  return new Command('feed-rule')
    .summary('write the rule with which Falco streams events to local rules')
    .description('Writes the Falco rule that streams the events, with the fields, that local rules need.')
    .option(
      '-r, --rules <path>',
      'local rules: file or folder; repeat for several, loaded together',
      gather,
      [],
    )
    .option('-c, --config <file>', 'falco.yaml, for its rules, append_output and static_fields')
    .option('--name <name>', 'name of the feed rule', 'tiercel feed')
    .option('-o, --output <file>', 'write it there instead of on standard output')
    .addHelpText('after', EXAMPLES)
    .action(async ({ rules: paths, config: file, name, output }: Flags) => {
      const { config, warnings } = loadFalcoConfig(file === undefined ? {} : { file, env: process.env });
      if (paths.length === 0)
        throw new DiagnosticError({
          code: 'NO_RULES',
          severity: 'error',
          message: 'no rules to read',
          hint: 'name rule files or folders with -r',
        });
      const { loaded, running, lookup } = await loadSelectedRules(paths, config);
      tellOf(...warnings, ...loaded.diagnostics);
      if (loaded.diagnostics.some(({ severity }) => severity === 'error')) {
        process.exitCode = EXIT.couldNotRun;
        return;
      }
      const feed = makeFeedRule({ rules: running, lookup, name });
      write(feed.text, output);
      process.stderr.write(remarks(feed, running.length));
      if (feed.left.length > 0 || feed.foreign.length > 0) process.exitCode = EXIT.findings;
    });
}

function write(text: string, path: string | undefined): void {
  if (path === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw unwritable('FILE_UNWRITABLE', path, cause);
  }
}

function remarks({ fields, events, wide, foreign, left, limited }: FeedRule, rules: number): string {
  const kinds = events?.length;
  const about =
    kinds === undefined
      ? 'all kinds of events'
      : kinds === 1
        ? '1 kind of event'
        : `${kinds} kinds of events`;
  return [
    `${rules === 1 ? '1 rule reads' : `${rules} rules read`} ${fields.length} fields of ${about}.`,
    ...wide.map(
      (name) =>
        `"${fromBytes(name)}" can match more than 100 kinds of events: name them with evt.type in (…).`,
    ),
    ...foreign.map((name) => `"${fromBytes(name)}" is not about system calls: it stays in Falco.`),
    ...byRemark(left, 'does not travel'),
    ...byRemark(limited, 'travels with a limit'),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** One line for each field and reason. */
function byRemark(remarks: readonly FieldRemark[], what: string): string[] {
  const rules = new Map<string, Set<ByteString>>();
  for (const { field, use, remark, rule } of remarks) {
    const key = `${fromBytes(field)} ${what} (${use}): ${remark}`;
    rules.set(key, (rules.get(key) ?? new Set()).add(rule));
  }
  return [...rules].map(([key, names]) => `${key}. Rules: ${[...names].map(fromBytes).join(', ')}`);
}
