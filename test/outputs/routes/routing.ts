import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { composeAlert, type FieldJson, type RoutedAlert } from '../../../outputs/alert.ts';
import {
  readRouting,
  Router,
  type Routed,
  type RoutedEntry,
  type RouteProblem,
  type RouterOptions,
} from '../../../outputs/routes/index.ts';

/** 2026-01-31 is a Saturday. */
export const NOON = Date.UTC(2026, 0, 31, 12);
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

type Said = Partial<
  Pick<
    RoutedAlert,
    'rule' | 'priority' | 'source' | 'hostname' | 'time' | 'tags' | 'output' | 'received' | 'input'
  >
> & { readonly [field: string]: unknown };

let count = 0;

/** An alert; keys with a dot are its fields. Each has an id of its own. */
export function alert({ received = NOON, input = 'falco', ...said }: Said = {}): RoutedAlert {
  const fields = new Map<string, FieldJson>();
  for (const [key, value] of Object.entries(said)) if (key.includes('.')) fields.set(key, value as FieldJson);
  const {
    rule = 'R',
    priority = 'Warning',
    source = 'syscall',
    hostname = 'h',
    tags = [],
    output = `${count++}`,
    time = new Date(received).toISOString(),
  } = said;
  return composeAlert({ rule, priority, source, hostname, time, tags, output, fields }, { received, input });
}

/** An alert whose id begins with these digits. */
export const withId = (one: RoutedAlert, digits: string): RoutedAlert => ({
  ...one,
  id: (digits + createHash('sha256').update(digits).digest('hex')).slice(0, 32) as RoutedAlert['id'],
});

/** Settings in YAML, as they are read; throws what is wrong. */
function settingsOf(yaml: string) {
  const read = readRouting(parseYaml(yaml));
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.settings;
}

/** What is wrong with settings in YAML. */
export function problemsOf(yaml: string, options?: RouterOptions): readonly RouteProblem[] {
  const read = readRouting(parseYaml(yaml));
  return 'problems' in read ? read.problems : Router.create(read.settings, options).problems;
}

/** A router of settings in YAML; throws if they are wrong. */
export function routerOf(yaml: string, options?: RouterOptions): Router {
  const { router, problems } = Router.create(settingsOf(yaml), options);
  if (router === undefined) throw new Error(JSON.stringify(problems));
  return router;
}

/** The outputs of entries, in order. */
export const outputsOf = (entries: readonly RoutedEntry[]): readonly string[] =>
  entries.flatMap(({ deliveries }) => deliveries.map(({ output }) => output));

/** What became of an alert, in short: `slack`, `held slack`, `dedup`. */
export const shortly = ({ entries, held, suppressed }: Routed): readonly string[] => [
  ...outputsOf(entries),
  ...held.flatMap(({ outputs }) => outputs.map((output) => `held ${output}`)),
  ...suppressed.map(({ stage }) => stage),
];
