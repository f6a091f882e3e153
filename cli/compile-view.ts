import {
  EVENTS,
  fromBytes,
  type ByteString,
  type CompiledRules,
  type Engine,
  type EventCode,
} from '../engine/index.ts';

/** A rule as it is asked: the JSON of `tiercel compile`. */
export interface RuleView {
  readonly rule: string;
  /** The source of events that it is about. */
  readonly source: string;
  /** Where it is asked. */
  readonly events: readonly string[];
  readonly checks: readonly {
    readonly check: string;
    /** Other rules that make the same check at one of these events: it is made once for all of them. */
    readonly shared: readonly string[];
  }[];
  /** What rules it out before it is asked. */
  readonly questions: readonly QuestionView[];
}

/** A question that is asked of an event before rules are. */
export interface QuestionView {
  readonly events: readonly string[];
  /** The field that decides it, or `fd` for several fields of an fd. */
  readonly about: string;
  readonly question: string;
  /** The rules that it rules out. */
  readonly rules: readonly string[];
}

/** A function for events of one or several types: the JSON of `tiercel compile --print`. */
export interface ProgramView {
  readonly source: string;
  readonly events: readonly string[];
  readonly rules: readonly RuleRef[];
  /** JavaScript. */
  readonly code: string;
  readonly constants: readonly {
    readonly name: string;
    readonly kind: 'check' | 'field' | 'memory';
    readonly text: string;
    readonly rules: readonly string[];
  }[];
}

/** A rule that the code names by number. */
export interface RuleRef {
  readonly index: number;
  readonly rule: string;
}

/** What an engine makes of its rules, at some types of events. */
export class CompileView {
  readonly #engine: Engine;
  /** By the source of events. */
  readonly #compiled: readonly (readonly [source: string, compiled: readonly CompiledRules[]])[];
  readonly #codes: readonly EventCode[];

  constructor(engine: Engine, codes: readonly EventCode[]) {
    this.#engine = engine;
    this.#codes = codes;
    const sources = [...new Set(engine.rules.map(({ source }) => source))];
    this.#compiled = sources.map((source) => [source, this.#compile(source)]);
  }

  #compile(source: string, rules?: ReadonlySet<number>): CompiledRules[] {
    return this.#codes.flatMap(
      (code) => this.#engine.compiled(code, { source, ...(rules && { rules }) }) ?? [],
    );
  }

  /** The rules that are asked at these events, or one of them, by index. */
  rules(wanted?: number): RuleView[] {
    return this.#engine.rules.flatMap((_rule, index) =>
      wanted === undefined || wanted === index ? (this.#rule(index) ?? []) : [],
    );
  }

  #rule(index: number): RuleView | undefined {
    const { name, source } = this.#engine.rules[index]!;
    const events: string[] = [];
    const checks = new Map<ByteString, Set<number>>();
    const questions = new Map<
      ByteString,
      { events: string[]; about: ByteString; rules: readonly number[] }
    >();
    for (const { code, rules } of this.#compiled.find(([of]) => of === source)![1]) {
      const found = rules.find((rule) => rule.index === index);
      if (found === undefined) continue;
      events.push(EVENTS[code]!.name);
      for (const { text, shared } of found.checks)
        checks.set(text, new Set([...(checks.get(text) ?? []), ...shared]));
      if (found.question === undefined) continue;
      const { about, text, rules: ruledOut } = found.question;
      const question = questions.get(text) ?? { events: [], about, rules: ruledOut };
      question.events.push(EVENTS[code]!.name);
      questions.set(text, question);
    }
    if (events.length === 0) return undefined;
    return {
      rule: fromBytes(name),
      source,
      events,
      checks: [...checks].map(([text, shared]) => ({
        check: fromBytes(text),
        shared: this.#names([...shared].sort((a, b) => a - b)),
      })),
      questions: [...questions].map(([text, question]) => ({
        events: question.events,
        about: fromBytes(question.about),
        question: fromBytes(text),
        rules: this.#names(question.rules),
      })),
    };
  }

  /** The functions that are asked about these events, or what they would be with one rule alone. Equal ones are one. */
  programs(wanted?: number): ProgramView[] {
    const found = new Map<string, { view: ProgramView; events: string[] }>();
    for (const [source, compiled] of this.#compiled) {
      if (wanted !== undefined && this.#engine.rules[wanted]!.source !== source) continue;
      for (const one of wanted === undefined ? compiled : this.#compile(source, new Set([wanted]))) {
        const view = this.#program(source, one);
        const key = JSON.stringify(view);
        const known = found.get(key) ?? { view, events: [] };
        known.events.push(EVENTS[one.code]!.name);
        found.set(key, known);
      }
    }
    return [...found.values()].map(({ view, events }) => ({ ...view, events }));
  }

  #program(source: string, { source: code, constants, rules }: CompiledRules): ProgramView {
    return {
      source,
      events: [],
      rules: rules.map(({ index }) => ({ index, rule: this.#names([index])[0]! })),
      code,
      constants: constants.map(({ name, kind, text, rules: makers }) => ({
        name,
        kind,
        text: fromBytes(text),
        rules: this.#names(makers),
      })),
    };
  }

  #names(indexes: readonly number[]): string[] {
    return indexes.map((index) => fromBytes(this.#engine.rules[index]!.name));
  }
}
