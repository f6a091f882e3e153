import type { ByteString, Diagnostic, Plugin } from '../engine/index.ts';
import { Collector } from './collector.ts';
import {
  CompilerMemory,
  compileRules,
  type AppendedOutput,
  type Compiled,
  type LoadedRule,
} from './compiler.ts';
import { Diagnosis, DiagnosisMemory } from './findings/diagnose.ts';
import type { PluginRequirement } from './items.ts';
import type { Language } from './language.ts';
import { readRules } from './reader.ts';
import { FileResult } from './result.ts';
import { isCompatible, parseVersion } from './version.ts';

/** A rule file as it was read. */
export interface RuleFile {
  /** As the user gave it. */
  readonly name: string;
  readonly content: ByteString;
}

export interface LoaderOptions {
  /** The event sources that rules may be for. Default: those of the language. */
  readonly sources?: readonly ByteString[];
  /** The plugins that `required_plugin_versions` is held against. Default: those of the language. */
  readonly plugins?: readonly Plugin[];
  readonly appendOutput?: readonly AppendedOutput[];
}

/**
 * Loads rule files one after the other, as Falco's engine does: definitions of all files so far are compiled anew with each file, and one that
 * fails leaves its definitions behind.
 */
export class RuleLoader {
  readonly language: Language;
  readonly collector: Collector;
  /** Of the last file that loaded. */
  rules: readonly LoadedRule[] = [];
  readonly #memory = new CompilerMemory();
  #findings: DiagnosisMemory | undefined;
  readonly #plugins: readonly Plugin[];
  readonly #appendOutput: readonly AppendedOutput[];

  constructor(
    language: Language,
    { sources = language.sources, plugins = language.loaded, appendOutput = [] }: LoaderOptions = {},
  ) {
    this.language = language;
    this.#plugins = plugins;
    this.#appendOutput = appendOutput;
    this.collector = new Collector({
      has: (source) => sources.includes(source),
      isField: (text, source) => language.isField(text, source),
    });
  }

  /** Of the last file that could be read, even if it failed to compile. */
  get compiled(): Compiled | undefined {
    return this.#memory.last;
  }

  load(name: ByteString, content: ByteString): FileResult {
    const result = new FileResult(name, content);
    if (!readRules({ result, collector: this.collector })) return result;
    const compiled = compileRules(this.collector, this.language, this.#appendOutput, result, this.#memory);
    if (result.successful) this.rules = [...compiled.rules.values()];
    return result;
  }

  /** The findings of the file that was loaded last, for people; `files` are all files so far. */
  diagnose(result: FileResult, files: readonly RuleFile[]): Diagnostic[] {
    if (result.errors.length + result.warnings.length === 0) return [];
    return this.#diagnosis(files).of(result);
  }

  /** The first plugin requirement of the files so far that is not met, in Falco's words. It hides every other error. */
  unmetRequirement(): ByteString | undefined {
    return this.#unmet()?.message;
  }

  /** The same for people. */
  diagnoseUnmet(files: readonly RuleFile[]): Diagnostic | undefined {
    const unmet = this.#unmet();
    return unmet && this.#diagnosis(files).unmet(unmet.required, unmet.message);
  }

  /** What only Falco's JSON schema is against in the file that was loaded last. */
  diagnoseSchema(result: FileResult, files: readonly RuleFile[]): Diagnostic[] {
    return result.schema.length === 0 || result.schemaValid ? [] : this.#diagnosis(files).ofSchema(result);
  }

  #diagnosis(files: readonly RuleFile[]): Diagnosis {
    const { collector, compiled, language } = this;
    this.#findings ??= new DiagnosisMemory();
    return new Diagnosis({ files, collector, compiled, language }, this.#findings);
  }

  #unmet(): { readonly required: PluginRequirement; readonly message: ByteString } | undefined {
    for (const alternatives of this.collector.plugins) {
      const message = this.#requirementProblem(alternatives);
      if (message !== undefined) return { required: alternatives[0]!, message };
    }
    return undefined;
  }

  #requirementProblem(alternatives: readonly PluginRequirement[]): ByteString | undefined {
    for (const { name, version } of alternatives) {
      const plugin = this.#plugins.find((loaded) => loaded.name === name);
      if (!plugin) continue;
      const loaded = parseVersion(plugin.version);
      if (!loaded) return `Plugin '${name}' has invalid version string '${plugin.version}'`;
      return isCompatible(loaded, parseVersion(version)!)
        ? undefined
        : `Plugin '${name}' version '${plugin.version}' is not compatible with required plugin version '${version}'`;
    }
    const wanted = alternatives.map(({ name, version }) => `${name} (>= ${version})`).join(', ');
    return `Plugin requirement not satisfied, must load one of: ${wanted}`;
  }
}
