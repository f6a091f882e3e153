import type { Command } from 'commander';
import { conditionCommand } from './condition.ts';
import { convertCommand } from './convert.ts';
import { describeCommand } from './describe.ts';
import { diffCommand } from './diff.ts';
import { eventsCommand } from './events.ts';
import { fieldsCommand } from './fields.ts';
import { lintCommand } from './lint.ts';
import { replayCommand } from './replay.ts';
import { showCommand } from './show.ts';
import { validateCommand } from './validate.ts';

/** All commands of tiercel. */
export const commands = (): Command[] => [
  replayCommand(),
  showCommand(),
  convertCommand(),
  validateCommand(),
  describeCommand(),
  diffCommand(),
  conditionCommand(),
  lintCommand(),
  fieldsCommand(),
  eventsCommand(),
];
