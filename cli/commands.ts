import type { Command } from 'commander';

/** A command as the help of the whole program lists it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loads the code of the command, which the others do without. */
  readonly load: () => Promise<Command>;
}

/** All commands of tiercel. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'replay',
    summary: 'run rules over recorded system calls',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'run',
    summary: "take Falco's alerts, and deliver them where they belong, losing none",
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'queue',
    summary: 'show what waits for outputs and what was given up, and put the latter back',
    load: async () => (await import('./queue.ts')).queueCommand(),
  },
  {
    name: 'config',
    summary: 'check and print configurations of `tiercel run`',
    load: async () => (await import('./config.ts')).configCommand(),
  },
  {
    name: 'show',
    summary: 'print the events of captures, their processes, or what is in them in numbers',
    load: async () => (await import('./show.ts')).showCommand(),
  },
  {
    name: 'convert',
    summary: 'write captures anew: in the current schema, in one file, or only some events',
    load: async () => (await import('./convert.ts')).convertCommand(),
  },
  {
    name: 'record',
    summary: 'run a command, and write a capture of what it does, without root',
    load: async () => (await import('./record.ts')).recordCommand(),
  },
  {
    name: 'validate',
    summary: "say whether rule files are right, in Falco's words",
    load: async () => (await import('./validate.ts')).validateCommand(),
  },
  {
    name: 'describe',
    summary: 'print what rule files define, with everything resolved',
    load: async () => (await import('./describe.ts')).describeCommand(),
  },
  {
    name: 'diff',
    summary: 'say what a change of rules means',
    load: async () => (await import('./diff.ts')).diffCommand(),
  },
  {
    name: 'explain',
    summary: 'say why a rule fired or did not',
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'tune',
    summary: 'propose exceptions for alerts that nobody wants',
    load: async () => (await import('./tune.ts')).tuneCommand(),
  },
  {
    name: 'condition',
    summary: 'check a condition, and say what it means',
    load: async () => (await import('./condition.ts')).conditionCommand(),
  },
  {
    name: 'compile',
    summary: 'show what rules are compiled into',
    load: async () => (await import('./compile.ts')).compileCommand(),
  },
  {
    name: 'lint',
    summary: 'find what Falco accepts in rule files and a reviewer would not',
    load: async () => (await import('./lint.ts')).lintCommand(),
  },
  {
    name: 'test',
    summary: 'run test files for rules',
    load: async () => (await import('./test.ts')).testCommand(),
  },
  {
    name: 'feed-rule',
    summary: 'write the rule with which Falco streams events to local rules',
    load: async () => (await import('./feed-rule.ts')).feedRuleCommand(),
  },
  {
    name: 'import',
    summary: 'make a tiercel.yaml of the configuration of falcosidekick',
    load: async () => (await import('./import.ts')).importCommand(),
  },
  {
    name: 'fields',
    summary: 'list the fields that conditions and outputs can use',
    load: async () => (await import('./fields.ts')).fieldsCommand(),
  },
  {
    name: 'events',
    summary: 'list the events that rules see, and their parameters',
    load: async () => (await import('./events.ts')).eventsCommand(),
  },
  {
    name: 'routes',
    summary: 'say where alerts go, and why',
    load: async () => (await import('./routes.ts')).routesCommand(),
  },
];
