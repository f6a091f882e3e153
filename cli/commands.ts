import type { Command } from 'commander';

/** A command as the help of the whole program lists it. */
export interface CommandEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  /** Loads the code of the command, which the others do without. */
  readonly load: () => Promise<Command>;
}

const CAPTURES = 'Captures:';
const RULES = 'Rules:';
const TESTS = 'Tests of rules:';
const LIVE = 'Beside Falco:';

/** All commands of tiercel. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'replay',
    group: CAPTURES,
    summary: 'run rules over recorded system calls',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'show',
    group: CAPTURES,
    summary: 'print the events of captures, their processes, or what is in them in numbers',
    load: async () => (await import('./show.ts')).showCommand(),
  },
  {
    name: 'convert',
    group: CAPTURES,
    summary: 'write captures anew: in the current schema, in one file, or only some events',
    load: async () => (await import('./convert.ts')).convertCommand(),
  },
  {
    name: 'record',
    group: CAPTURES,
    summary: 'run a command, and write a capture of what it does, without root',
    load: async () => (await import('./record.ts')).recordCommand(),
  },
  {
    name: 'validate',
    group: RULES,
    summary: "say whether rule files are right, in Falco's words",
    load: async () => (await import('./validate.ts')).validateCommand(),
  },
  {
    name: 'lint',
    group: RULES,
    summary: 'find what Falco accepts in rule files and a reviewer would not',
    load: async () => (await import('./lint.ts')).lintCommand(),
  },
  {
    name: 'condition',
    group: RULES,
    summary: 'check a condition, and say what it means',
    load: async () => (await import('./condition.ts')).conditionCommand(),
  },
  {
    name: 'describe',
    group: RULES,
    summary: 'print what rule files define, with everything resolved',
    load: async () => (await import('./describe.ts')).describeCommand(),
  },
  {
    name: 'diff',
    group: RULES,
    summary: 'say what a change of rules means',
    load: async () => (await import('./diff.ts')).diffCommand(),
  },
  {
    name: 'compile',
    group: RULES,
    summary: 'show what rules are compiled into',
    load: async () => (await import('./compile.ts')).compileCommand(),
  },
  {
    name: 'audit-policy',
    group: RULES,
    summary: 'say what an audit policy of Kubernetes lets rules see',
    load: async () => (await import('./audit-policy.ts')).auditPolicyCommand(),
  },
  {
    name: 'fields',
    group: RULES,
    summary: 'list the fields that conditions and outputs can use',
    load: async () => (await import('./fields.ts')).fieldsCommand(),
  },
  {
    name: 'events',
    group: RULES,
    summary: 'list the events that rules see, and their parameters',
    load: async () => (await import('./events.ts')).eventsCommand(),
  },
  {
    name: 'test',
    group: TESTS,
    summary: 'run test files for rules',
    load: async () => (await import('./test.ts')).testCommand(),
  },
  {
    name: 'explain',
    group: TESTS,
    summary: 'say why a rule fired or did not',
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'tune',
    group: TESTS,
    summary: 'propose exceptions for alerts that nobody wants',
    load: async () => (await import('./tune.ts')).tuneCommand(),
  },
  {
    name: 'run',
    group: LIVE,
    summary: "take Falco's alerts, and deliver them where they belong, losing none",
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'config',
    group: LIVE,
    summary: 'check and print configurations of `tiercel run`',
    load: async () => (await import('./config.ts')).configCommand(),
  },
  {
    name: 'routes',
    group: LIVE,
    summary: 'say where alerts go, and why',
    load: async () => (await import('./routes.ts')).routesCommand(),
  },
  {
    name: 'queue',
    group: LIVE,
    summary: 'show what waits for outputs and what was given up, and put the latter back',
    load: async () => (await import('./queue.ts')).queueCommand(),
  },
  {
    name: 'feed-rule',
    group: LIVE,
    summary: 'write the rule with which Falco streams events to local rules',
    load: async () => (await import('./feed-rule.ts')).feedRuleCommand(),
  },
  {
    name: 'import',
    group: LIVE,
    summary: 'make a tiercel.yaml of the configuration of falcosidekick',
    load: async () => (await import('./import.ts')).importCommand(),
  },
];
