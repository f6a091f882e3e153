import { fromBytes, type ByteString } from '../engine/index.ts';
import type { Compiled, LoadedRule } from './compiler.ts';
import { describeCondition } from './condition-details.ts';
import type { RuleException } from './items.ts';
import type { LoadedList } from './lists.ts';
import type { RuleLoader } from './loader.ts';
import type { LoadedMacro } from './macros.ts';
import { isUtf8 } from './utf8.ts';
import { formatVersion } from './version.ts';

/** JSON of `falco -L`: only its leaves matter, so it has no type of its own. Text is decoded. */
export type DescriptionJson = Readonly<Record<string, unknown>>;

/** A rule that cannot be described, in Falco's words. */
class DescribeError extends Error {}

function decode(text: ByteString): string {
  if (!isUtf8(text)) throw new DescribeError(`not UTF-8, so not to be told in JSON: ${fromBytes(text)}`);
  return fromBytes(text);
}

const texts = (values: Iterable<ByteString>): string[] => Array.from(values, decode);

/**
 * Everything that the loaded files define, as `falco -L -o json_output=true` prints it; with a name, that rule only (`-l`). Lists that come from
 * sets have no order in Falco.
 */
export function describeRules(loader: RuleLoader, name?: ByteString): DescriptionJson {
  const { compiled, collector } = loader;
  if (!compiled) throw new DescribeError('rules must be loaded before describing them');
  const description = new Description(loader, compiled);
  if (name !== undefined) {
    const rule = loader.rules.find((loaded) => loaded.name === name);
    if (!rule) throw new DescribeError(`Rule "${name}" is not loaded`);
    return { rules: [description.rule(rule)] };
  }
  return {
    lists: Array.from(compiled.lists.values(), (list) => description.list(list)),
    macros: Array.from(compiled.macros.values(), (macro) => description.macro(macro)),
    required_engine_version: collector.engine ? formatVersion(collector.engine.version) : '0.0.0',
    required_plugin_versions: collector.plugins.map(([first, ...others]) => {
      const plugin = (required: { name: ByteString; version: ByteString }): DescriptionJson => ({
        name: decode(required.name),
        version: decode(required.version),
      });
      return { ...plugin(first!), alternatives: others.map(plugin) };
    }),
    rules: Array.from(compiled.rules.values(), (rule) => description.rule(rule)),
  };
}

class Description {
  readonly #loader: RuleLoader;
  readonly #compiled: Compiled;

  constructor(loader: RuleLoader, compiled: Compiled) {
    this.#loader = loader;
    this.#compiled = compiled;
  }

  rule(rule: LoadedRule): DescriptionJson {
    const { language } = this.#loader;
    const { definition, source } = rule;
    const written = describeCondition(language.parse(definition.condition), this.#compiled);
    const resolved = describeCondition(rule.condition.expr, this.#compiled);
    const formatted = [...rule.extraFields].filter(([, { raw }]) => !raw);
    const outputFields = [
      ...Array.from(rule.extraFields.values(), ({ output }) => output.source),
      ...rule.output.names,
    ];
    const used = new Set([...resolved.fields, ...outputFields].map((field) => field.replace(/\[[^]*/, '')));
    return {
      details: {
        condition_compiled: decode(language.print(rule.condition.expr)),
        condition_fields: texts(resolved.fields),
        condition_operators: texts(resolved.operators),
        events: texts(language.eventNames(source === 'syscall' ? rule.condition.expr : undefined)),
        exception_fields: texts(rule.exceptionFields),
        exception_names: texts(new Set(definition.exceptions.map((exception) => exception.name))),
        exception_operators: texts(new Set(definition.exceptions.flatMap(operators))),
        ...(formatted.length > 0 && {
          extra_output_formatted_fields: Object.fromEntries(
            formatted.map(([key, { output }]) => [decode(key), decode(output.source)]),
          ),
        }),
        lists: texts(written.lists),
        macros: texts(written.macros),
        output_compiled: decode(rule.output.source),
        output_fields: texts(outputFields),
        plugins: texts(language.plugins(source, used, resolved.events)),
      },
      info: {
        capture: rule.capture,
        capture_duration: rule.captureDuration,
        condition: decode(definition.condition),
        description: decode(rule.desc),
        enabled: definition.enabled,
        name: decode(rule.name),
        output: decode(definition.output),
        priority: rule.priority,
        source: decode(source),
        tags: texts(rule.tags),
      },
    };
  }

  macro({ name, condition, used, definition }: LoadedMacro): DescriptionJson {
    const { language } = this.#loader;
    const written = describeCondition(language.parse(definition.condition), this.#compiled);
    const resolved = describeCondition(condition, this.#compiled);
    return {
      details: {
        condition_compiled: decode(language.print(condition)),
        condition_fields: texts(resolved.fields),
        condition_operators: texts(resolved.operators),
        events: texts(language.eventNames(condition)),
        lists: texts(written.lists),
        macros: texts(written.macros),
        plugins: [],
        used,
      },
      info: { condition: decode(definition.condition), name: decode(name) },
    };
  }

  /** An item that is not among the resolved ones must be the name of a list. */
  list({ name, items, used, definition }: LoadedList): DescriptionJson {
    const isReference = (item: ByteString): boolean => !items.includes(item);
    return {
      details: {
        items_compiled: texts(items),
        lists: texts(new Set(definition.items.filter(isReference))),
        plugins: [],
        used,
      },
      info: {
        items: texts(definition.items.filter((item) => !isReference(item))),
        name: decode(name),
      },
    };
  }
}

function operators({ comps }: RuleException): ByteString[] {
  if (!comps.isList) return [comps.item];
  return comps.items.flatMap(({ isList, item, items }) =>
    isList ? items.map((inner) => inner.item) : [item],
  );
}
