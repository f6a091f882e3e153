/** Makes a tiercel.yaml of the configuration of falcosidekick. */
import { Document } from 'yaml';
import { PRIORITIES } from '../../engine/index.ts';
import { priorityNamed } from '../../outputs/index.ts';
import { fromGoTemplate } from './go-template.ts';
import { literal, SidekickBlock, templateText, type Remark } from './sidekick-block.ts';
import { SIDEKICK_OUTPUTS, type OutputTree, type SidekickOutput } from './sidekick-outputs.ts';
import { SidekickSettings } from './sidekick-settings.ts';

/** What became of a configuration of falcosidekick. */
export interface Imported {
  /** tiercel.yaml. */
  readonly text: string;
  readonly outputs: number;
  /** What has no counterpart, or is left to do. */
  readonly left: readonly Remark[];
  /** What works, and not quite as it did. */
  readonly notes: readonly Remark[];
}

type Node = Readonly<Record<string, unknown>>;

/** Where the settings are. */
export interface SidekickSources {
  /** The tree of its file (`parseSidekickFile`). */
  readonly tree?: Node;
  /** The environment, if falcosidekick reads it; it wins over the file. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Made {
  readonly tree: OutputTree & { readonly name: string };
  /** Undefined: all alerts. */
  readonly least: string | undefined;
}

/** Makes a configuration that does what falcosidekick does, and says what it cannot. */
export function importSidekick({ tree = {}, env = {} }: SidekickSources): Imported {
  const settings = new SidekickSettings(tree, env);
  const left: Remark[] = [];
  const notes: Remark[] = [];
  const made = SIDEKICK_OUTPUTS.flatMap((output) => {
    const block = new SidekickBlock(output.block, settings);
    const one = makeOutput(output, block, settings, notes);
    left.push(...block.left);
    notes.push(...block.notes);
    return one === undefined ? [] : [one];
  });
  const input = inputOf(settings, left);
  const changes = changesOf(settings, left);
  for (const [key, why] of LEFT_KEYS) if ((settings.text(key) ?? '') !== '') left.push({ key, text: why });
  const debug = settings.flag('debug') === true;
  for (const key of ASIDE) settings.pass(key);
  for (const key of settings.unread()) left.push({ key, text: 'tiercel has nothing for it' });
  const config = {
    inputs: [input],
    outputs: made.map((one) => one.tree),
    ...routing(made, changes),
    ...(debug && { log: { level: 'debug' } }),
  };
  return { text: written(config, left, notes), outputs: made.length, left, notes };
}

/** Keys that are read where they are needed, or say nothing here. */
const ASIDE = [
  'mutualtlsclient',
  'mutualtlsfilespath',
  'tlsclient',
  'tlsserver',
  'prometheus',
  'gcp.credentials',
];

const LEFT_KEYS: readonly (readonly [string, string])[] = [
  ['bracketreplacer', 'names of fields stay as Falco has them: proc.aname[2]'],
  [
    'outputfieldformat',
    'write a template for the outputs instead: %time, %priority, %output, %tags and any field',
  ],
];

function makeOutput(
  { block: name, title, enabledBy, make, why }: SidekickOutput,
  block: SidekickBlock,
  settings: SidekickSettings,
  notes: Remark[],
): Made | undefined {
  const enabled = enabledBy.every((key) => isOn(settings, `${name}.${key}`));
  if (!enabled) {
    // falcosidekick does nothing with them either.
    settings.pass(name);
    return undefined;
  }
  if (make === undefined) {
    settings.pass(name);
    block.left.push({ key: name, text: `${title}: ${why ?? 'there is nothing like it'}` });
    return undefined;
  }
  const tree = make(block);
  const least = block.text('minimumpriority');
  const priority = least === undefined ? undefined : priorityNamed(least);
  for (const key of ['checkcert', 'mutualtls', 'maxconcurrentrequests']) block.flag(key);
  if (least !== undefined && priority === undefined)
    notes.push({
      key: `${name}.minimumpriority`,
      text: `${JSON.stringify(least)} is no priority: all alerts are sent, as falcosidekick does`,
    });
  if (tree === undefined) return undefined;
  return {
    tree: { name, ...tree },
    // Everything is at least debug.
    least: priority === undefined || priority === 'Debug' ? undefined : priority,
  };
}

/** Whether a setting says something; `false` says no. */
const isOn = (settings: SidekickSettings, path: string): boolean =>
  settings.list(path).length > 0 && settings.text(path)?.toLowerCase() !== 'false';

function inputOf(settings: SidekickSettings, left: Remark[]): Node {
  const host = settings.text('listenaddress') ?? '';
  const port = settings.text('listenport') ?? '2801';
  const file = (key: string, name: string): string =>
    literal(settings.text(`tlsserver.${key}`) ?? `/etc/certs/server/${name}`);
  const tls = settings.flag('tlsserver.deploy') === true;
  if (tls && settings.list('tlsserver.notlspaths').length > 0)
    left.push({
      key: 'tlsserver.notlspaths',
      text: 'for a port without TLS, add another input of kind http, or api.listen for /healthz and /metrics',
    });
  return {
    kind: 'http',
    name: 'falco',
    listen: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(tls && {
      tls: {
        cert: file('certfile', 'server.crt'),
        key: file('keyfile', 'server.key'),
        ...(settings.flag('tlsserver.mutualtls') === true && { client_ca: file('cacertfile', 'ca.crt') }),
      },
    }),
  };
}

/** What is added to each alert. */
function changesOf(settings: SidekickSettings, left: Remark[]): Node {
  const fields: Record<string, string> = {};
  for (const [name, { text, env }] of settings.map('customfields')) {
    // Only in the environment, falcosidekick puts variables in.
    const variable = env === undefined ? undefined : /^%(\w+)$/.exec(text)?.[1];
    fields[name] = variable === undefined ? literal(templateText(text)) : `\${env:${variable}}`;
  }
  for (const [name, { text }] of settings.map('templatedfields')) {
    const template = fromGoTemplate(text);
    if (template !== undefined) fields[name] = literal(template);
    else
      left.push({
        key: `templatedfields.${name}`,
        text: `not every part of this Go template has a counterpart in Falco's output language: ${text}`,
      });
  }
  const tags = settings.list('customtags').map(literal);
  return {
    ...(tags.length > 0 && { tags }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** One route for each least priority; each is asked, as each output of falcosidekick is. */
function routing(made: readonly Made[], changes: Node): Node {
  const byPriority = new Map<string, string[]>();
  for (const { least, tree } of made) {
    const names = byPriority.get(least ?? '') ?? [];
    names.push(tree.name);
    byPriority.set(least ?? '', names);
  }
  const routes = [...byPriority]
    .sort(([a], [b]) => severity(a) - severity(b))
    .map(([least, outputs]) => ({
      ...(least !== '' && { match: `priority >= ${least.toLowerCase()}` }),
      outputs,
      continue: true,
    }));
  if (Object.keys(changes).length === 0) return { routes, default: [] };
  return { routes: [{ name: 'all', set: changes, outputs: [], routes }], default: [] };
}

const severity = (priority: string): number => {
  const at = PRIORITIES.findIndex((name) => name === priority);
  return at < 0 ? -1 : PRIORITIES.length - at;
};

function written(config: Node, left: readonly Remark[], notes: readonly Remark[]): string {
  const document = new Document(config);
  const list = (title: string, remarks: readonly Remark[]): string[] =>
    remarks.length === 0 ? [] : ['', title, ...remarks.map(({ key, text }) => `  ${key}: ${text}`)];
  document.commentBefore = [
    'Written by `tiercel import sidekick`. Check it: tiercel config check',
    ...list('Left out, or left to do:', left),
    ...list('Otherwise than with falcosidekick:', notes),
  ]
    .map((line) => (line === '' ? '' : ` ${line.replaceAll(/[\r\n]+/g, ' ')}`))
    .join('\n');
  return document.toString({ lineWidth: 110 });
}
