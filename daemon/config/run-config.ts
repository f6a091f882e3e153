/** What `tiercel run` is to do, as falco.yaml or tiercel.yaml says: both are the same file, with Falco's keys and tiercel's own side by side. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DiagnosticError, type Diagnostic } from '../../engine/index.ts';
import {
  configureOutput,
  KINDS,
  kindNamed,
  REDACTED,
  problemsOf,
  readRouting,
  redactor,
  resolveSecrets,
  Router,
  routingSettings,
  type ConfiguredOutput,
  type RoutingSettings,
  type SecretSources,
  type SettingProblem,
} from '../../outputs/index.ts';
import { clashes, inputListener, outputListener, type Listener } from './addresses.ts';
import { configureInput, type ConfiguredInput } from './configured-input.ts';
import { addressText } from '../inputs/address.ts';
import { inputKindNamed } from '../inputs/index.ts';
import { falcoOutputs } from './falco-outputs.ts';
import type { FalcoConfig } from './falco-keys.ts';
import { loadFalcoConfig } from './load.ts';
import { leadsBack } from './loops.ts';
import { DEFAULT_INPUTS, namedEntries } from './named.ts';
import { DEFAULT_SHUTDOWN_TIMEOUT, ownSettings, type OwnSettings } from './own-settings.ts';
import { readOwnTree, type OwnTree, type Tree } from './own-tree.ts';
import type { Path, Span } from './places.ts';
import { routeSettingProblems } from './route-settings.ts';
import { unknownKey } from './unknown-key.ts';

/** What tells whether an input or output is still what it was. */
export interface Fingerprint {
  /** Of its settings and secrets. */
  readonly settings: string;
  /** Of the certificates and keys that it names. */
  readonly files: string;
}

/** A configuration without errors. */
export interface RunConfig {
  readonly file: string;
  /** Everything that was read to make it: it changes when one of them does. */
  readonly files: readonly string[];
  readonly own: OwnSettings;
  readonly falco: FalcoConfig;
  /** Those that are enabled. */
  readonly inputs: readonly ConfiguredInput[];
  /** Those that are enabled. */
  readonly outputs: readonly ConfiguredOutput[];
  readonly routing: RoutingSettings;
  /** By `inputs.NAME` and `outputs.NAME`: what changes when they do. */
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  /** Tiercel's keys as they are in force, with secrets redacted. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** The path of a file that settings name: relative ones stand beside the file. */
  readonly path: (path: string) => string;
}

/** What came of reading a configuration. */
export interface RunConfigResult {
  /** Undefined if one of the diagnostics is an error. */
  readonly config: RunConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a configuration comes from. */
export interface RunConfigSources {
  readonly file: string;
  /** `key=value` for Falco's keys, as Falco's `-o` takes them. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Reads a configuration, and finds everything that is wrong with it at once. */
export function loadRunConfig(sources: RunConfigSources): RunConfigResult {
  try {
    return new Reading(sources).result();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { config: undefined, diagnostics: [error.diagnostic] };
  }
}

type Severity = Diagnostic['severity'];

class Reading {
  readonly #file: string;
  readonly #falco: FalcoConfig;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #secretFiles = new Set<string>();
  readonly #fingerprints = new Map<string, Fingerprint>();
  readonly #tlsFiles = new Set<string>();
  /** Settings of outputs with the secrets in them, by name. */
  readonly #outputSettings = new Map<string, { readonly settings: Tree; readonly path: Path }>();
  /** What listens, by the file. */
  readonly #listeners: Listener[] = [];
  readonly #secrets: SecretSources;
  readonly #files: readonly string[];
  readonly #tree: OwnTree;

  constructor({ file, options = [], env = {} }: RunConfigSources) {
    this.#file = file;
    const { config, files, warnings } = loadFalcoConfig({ file, options, env });
    this.#falco = config;
    this.#files = files;
    this.#tree = readOwnTree(files);
    this.#diagnostics.push(...this.#tree.problems);
    this.#secrets = {
      env: (name) => env[name],
      file: (name) => {
        const path = this.#path(name);
        this.#secretFiles.add(path);
        return readFileSync(path, 'utf8');
      },
    };
    this.#diagnostics.push(...warnings.map(unknownKey));
  }

  result(): RunConfigResult {
    const { value, secrets, problems } = resolveSecrets(
      this.#tree.part((key) => key in ownSettings.shape),
      this.#secrets,
    );
    this.#report(problems);
    const own = ownSettings.safeParse(value);
    if (!own.success) {
      const redact = redactor(secrets);
      const found = own.error.issues.flatMap((issue) => problemsOf(issue, ownSettings, value));
      this.#report(found.map((problem) => ({ ...problem, message: redact(problem.message) })));
    } else {
      this.#filesOf(own.data.api, ['api']);
      const { listen } = own.data.api;
      if (listen !== undefined) this.#listeners.push({ who: 'the API', path: ['api', 'listen'], at: listen });
    }
    const inputs = this.#inputs();
    const named = this.#outputs();
    const outputs = named && this.#orStdout(inputs === undefined ? named : this.#withoutLoops(inputs, named));
    this.#checkListeners();
    const routing = this.#routing(outputs);
    for (const { name, as } of inputs ?? [])
      if (as === 'events' && this.#falco.rules_files.length === 0)
        this.#tell(
          ['inputs', name, 'as'],
          'there are no rules to ask about events',
          'name rule files under `rules_files`, or write `as: alerts`',
        );
    const diagnostics = bySeverity(this.#diagnostics);
    const isWrong = diagnostics.some(({ severity }) => severity === 'error');
    if (isWrong || !own.success || !inputs || !outputs || !routing) return { config: undefined, diagnostics };
    return {
      config: {
        file: this.#file,
        files: [...this.#files, ...this.#secretFiles, ...this.#tlsFiles],
        own: own.data,
        falco: this.#falco,
        inputs,
        outputs,
        routing,
        fingerprints: this.#fingerprints,
        shown: {
          ...shownSettings(own.data, this.#tree.keys),
          inputs: Object.fromEntries(inputs.map(({ name, shown }) => [name, withoutName(shown)])),
          outputs: Object.fromEntries(outputs.map(({ name, shown }) => [name, withoutName(shown)])),
          ...this.#tree.part((key) => key in routingSettings.shape),
        },
        path: (path) => this.#path(path),
      },
      diagnostics,
    };
  }

  #path(path: string): string {
    return resolve(dirname(this.#file), path);
  }

  // ---- reading

  #inputs(): ConfiguredInput[] | undefined {
    const { entries, problems } = namedEntries('inputs', this.#tree.keys['inputs'] ?? DEFAULT_INPUTS);
    this.#report(problems);
    const inputs: ConfiguredInput[] = [];
    let isWrong = problems.length > 0;
    for (const { settings, path } of entries) {
      const checked = configureInput(settings, this.#secrets);
      if ('input' in checked) {
        inputs.push(checked.input);
        this.#fingerprint(`inputs.${checked.input.name}`, settings, path, checked.input.enabled);
        const listener = inputListener(checked.input, path, (name) => this.#path(name));
        if (listener !== undefined && checked.input.enabled) this.#listeners.push(listener);
      } else {
        isWrong = true;
        this.#report(checked.problems, path);
      }
    }
    if (isWrong) return undefined;
    const enabled = inputs.filter(({ enabled: on }) => on);
    if (enabled.length === 0)
      this.#tell(['inputs'], 'there is no input: nothing would ever come in', 'name one');
    return enabled;
  }

  #outputs(): ConfiguredOutput[] | undefined {
    const { entries, problems } = namedEntries('outputs', this.#tree.keys['outputs']);
    this.#report(problems);
    const outputs: ConfiguredOutput[] = [];
    let isWrong = problems.length > 0;
    const take = (settings: Tree, path: Path): void => {
      const checked = configureOutput(settings, this.#secrets);
      if ('output' in checked) {
        outputs.push(checked.output);
        const { name, common } = checked.output;
        const withSecrets = this.#fingerprint(`outputs.${name}`, settings, path, common.enabled);
        this.#outputSettings.set(name, { settings: withSecrets, path });
        const listener = outputListener(name, withSecrets, path);
        if (listener !== undefined && common.enabled) this.#listeners.push(listener);
      } else {
        isWrong = true;
        this.#report(checked.problems, path);
      }
    };
    for (const { settings, path } of entries) take(settings, path);
    for (const { name, settings, passedOver } of falcoOutputs(this.#falco)) {
      for (const key of passedOver)
        this.#tell(key.split('.'), `${key} has no meaning here`, undefined, 'warning');
      if (kindNamed(String(settings['kind'])) === undefined)
        this.#tell(
          [name],
          `there are no outputs of kind ${String(settings['kind'])} yet`,
          undefined,
          'warning',
        );
      else take(settings, [name]);
    }
    return isWrong ? undefined : outputs.filter(({ common }) => common.enabled);
  }

  #orStdout(outputs: readonly ConfiguredOutput[]): readonly ConfiguredOutput[] {
    if (outputs.length > 0 || this.#tree.keys['outputs'] !== undefined) return outputs;
    this.#tell(
      ['outputs'],
      'there are no outputs: alerts go to standard output',
      `name some under \`outputs\`; kinds are ${KINDS.map(({ kind }) => kind).join(', ')}`,
      'warning',
    );
    const settings = { kind: 'stdout', name: 'stdout' };
    const checked = configureOutput(settings, this.#secrets);
    this.#fingerprint('outputs.stdout', settings, []);
    return 'output' in checked ? [checked.output] : [];
  }

  /** Returns the settings with the secrets in them. @param path Of the settings. */
  #fingerprint(name: string, settings: Tree, path: Path, enabled = true): Tree {
    const value = resolveSecrets(settings, this.#secrets).value as Tree;
    const files = this.#filesOf(value, enabled ? path : undefined);
    const stats = files.map((file) => statSync(file, { throwIfNoEntry: false }));
    const digest = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex');
    this.#fingerprints.set(name, {
      settings: digest(value),
      files: digest(stats.map((stat) => [stat?.ino, stat?.size, stat?.mtimeMs])),
    });
    return value;
  }

  /** Paths of the certificates and keys that settings of TLS name. @param path Of the settings, to tell of those that are missing. */
  #filesOf(settings: Tree, path: Path | undefined): string[] {
    const key = settings['tls'] === undefined ? 'server_tls' : 'tls';
    const tls = settings[key];
    if (typeof tls !== 'object' || tls === null) return [];
    const files = ['cert', 'key', 'ca', 'client_ca'].flatMap((name) => {
      const file: unknown = (tls as Tree)[name];
      if (typeof file !== 'string') return [];
      const found = this.#path(file);
      if (path !== undefined && statSync(found, { throwIfNoEntry: false }) === undefined)
        this.#tell(
          [...path, key, name],
          `there is no file ${found} on this machine: tiercel run does not start without it`,
          undefined,
          'warning',
        );
      return [found];
    });
    for (const file of files) this.#tlsFiles.add(file);
    return files;
  }

  /** @param outputs Undefined: they are wrong, so that their names cannot be checked. */
  #routing(outputs: readonly ConfiguredOutput[] | undefined): RoutingSettings | undefined {
    const checked = readRouting(this.#tree.part((key) => key in routingSettings.shape));
    if ('problems' in checked) {
      this.#report(checked.problems);
      return undefined;
    }
    const names = outputs?.map(({ name }) => name);
    const { problems } = Router.create(checked.settings, names === undefined ? {} : { outputs: names });
    for (const { path, severity, message, hint, at } of problems)
      if (names !== undefined || path[0] !== 'default' || path.length > 1)
        this.#tell(path, message, hint, severity, at);
    if (outputs !== undefined) this.#report(routeSettingProblems(checked.settings, outputs));
    return checked.settings;
  }

  #checkListeners(): void {
    for (const [{ who, path }, before] of clashes(this.#listeners)) {
      const at = typeof before.at === 'string' ? before.at : addressText(before.at);
      this.#tell(path, `${before.who} listens at ${at}: ${who} cannot`, 'give each an address of its own');
    }
  }

  /** What tiercel says must not come back to it. Falco's `http_output` and `file_output` often are the very way to it. */
  #withoutLoops(
    inputs: readonly ConfiguredInput[],
    outputs: readonly ConfiguredOutput[],
  ): ConfiguredOutput[] {
    return outputs.filter((output) => {
      const { settings, path } = this.#outputSettings.get(output.name)!;
      const key = leadsBack(output.kind.kind, settings, inputs, (name) => this.#path(name));
      if (key === undefined) return true;
      if (path[0] === 'outputs')
        this.#tell(
          [...path, key],
          'an input gets what goes there: alerts would go in circles',
          'deliver to another place',
        );
      else {
        this.#tell(
          path,
          "this is how Falco's alerts come here: it is no output of tiercel's",
          undefined,
          'info',
        );
        const takesText = inputs.some(
          ({ kind, settings: of }) => kind === inputKindNamed(output.kind.kind) && hasFormat(of, 'text'),
        );
        if (!this.#falco.json_output && !takesText)
          this.#tell(
            path,
            "Falco's alerts come as text, and the input takes JSON: it refuses them",
            'json_output: true, or `format: text` for the input',
            'warning',
          );
      }
      return false;
    });
  }

  // ---- telling

  #report(problems: readonly SettingProblem[], above: Path = []): void {
    for (const { path, message, hint } of problems) this.#tell([...above, ...path], message, hint);
  }

  #tell(path: Path, message: string, hint?: string, severity: Severity = 'error', at?: Span): void {
    this.#diagnostics.push(
      this.#tree.diagnostic({
        path,
        message,
        severity,
        ...(hint !== undefined && { hint }),
        ...(at && { at }),
      }),
    );
  }
}

const hasFormat = (settings: unknown, format: string): boolean =>
  (settings as { readonly format?: string }).format === format;

const withoutName = ({ name: _, ...settings }: Tree): Tree => settings;

function bySeverity(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
  return [...diagnostics].sort(
    (a, b) => rank[a.severity] - rank[b.severity] || (a.line ?? 0) - (b.line ?? 0),
  );
}

/** The daemon's own settings as a file would have them. */
function shownSettings({ data_dir: folder, log }: OwnSettings, raw: Tree): Tree {
  const api = raw['api'] as Tree | undefined;
  return {
    data_dir: folder,
    ...(api && { api: { ...api, ...(api['token'] !== undefined && { token: REDACTED }) } }),
    log,
    shutdown_timeout: raw['shutdown_timeout'] ?? DEFAULT_SHUTDOWN_TIMEOUT,
  };
}
