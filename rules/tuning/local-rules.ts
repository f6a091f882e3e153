import { fromBytes, print, toBytes, type ByteString } from '../../engine/index.ts';
import type { ConditionNode } from '../model/condition-node.ts';
import type { ModelRule } from '../model/model.ts';
import type { DeclaredException, ProposedException } from './propose.ts';

/** The exceptions of a rule that name their fields, as proposals may fill them. */
export function declaredExceptions({ loaded }: ModelRule): readonly DeclaredException[] {
  return loaded.definition.exceptions.flatMap(({ name, fields, comps }) =>
    fields.isList
      ? [
          {
            name,
            fields: fields.items.map(({ item }) => item),
            comps: comps.items.map(({ item }) => item),
          },
        ]
      : [],
  );
}

/**
 * Macros that a rule excludes and that never hold: places that its authors left for what a site knows to be harmless (`user_known_…`). In their order in
 * the condition.
 */
export function hooksOf({ whole }: ModelRule): readonly ByteString[] {
  const hooks: ByteString[] = [];
  const walk = (node: ConditionNode, negated: boolean): void => {
    switch (node.kind) {
      case 'not':
        return walk(node.child, !negated);
      case 'macro':
        if (negated && isNever(node.body)) hooks.push(node.name);
        else walk(node.body, negated);
        return;
      case 'check':
        return;
      default:
        for (const child of node.children) walk(child, negated);
    }
  };
  walk(whole, false);
  return [...new Set(hooks)];
}

/** `evt.num = 0`, and macros of it: Falco counts events from 1. */
function isNever(node: ConditionNode): boolean {
  if (node.kind === 'macro') return isNever(node.body);
  return node.kind === 'check' && NEVER.has(print(node.check.expr));
}

const NEVER: ReadonlySet<ByteString> = new Set(['evt.num = 0', 'evt.num < 0', 'evt.num < 1']);

/** Rule files that silence alerts, as ordinary text. */
export function exceptionFile(
  rule: ByteString,
  { fields, comps, values, existing }: ProposedException,
): string {
  const name = existing === undefined ? exceptionName(fields) : fromBytes(existing);
  const lines = [`- rule: ${yamlText(fromBytes(rule))}`, '  exceptions:', `    - name: ${yamlText(name)}`];
  if (existing === undefined)
    lines.push(
      `      fields: [${fields.map((field) => yamlText(fromBytes(field))).join(', ')}]`,
      `      comps: [${comps.join(', ')}]`,
    );
  lines.push('      values:');
  for (const tuple of values)
    lines.push(`        - [${tuple.map((value) => yamlText(quotedValue(fromBytes(value)))).join(', ')}]`);
  lines.push('  override:', '    exceptions: append', '');
  return lines.join('\n');
}

const exceptionName = (fields: readonly ByteString[]): string =>
  `known_${fields.map((field) => field.replace(/\W+/g, '_').replace(/_$/, '')).join('_and_')}`;

/** A macro file that puts a condition into a hook. */
export function hookFile(hook: ByteString, { fields, comps, values }: ProposedException): string {
  const alternatives = values.map((tuple) =>
    tuple
      .map((value, i) => `${fromBytes(fields[i]!)} ${comps[i]} ${conditionText(fromBytes(value))}`)
      .join(' and '),
  );
  const condition =
    alternatives.length === 1 ? alternatives[0]! : alternatives.map((one) => `(${one})`).join(' or ');
  return [
    `- macro: ${yamlText(fromBytes(hook))}`,
    `  condition: ${yamlText(`(${condition})`)}`,
    '  override:',
    '    condition: replace',
    '',
  ].join('\n');
}

/** Falco puts values with blanks in quotes itself; others that would end a word need quotes of their own. */
function quotedValue(value: string): string {
  return /[ "'(),=]/.test(value) ? conditionText(value) : value;
}

/** A constant as it must stand in a condition. */
const conditionText = (value: string): string =>
  /^[\w./:@%+*?~-]+$/.test(value)
    ? value
    : fromBytes(print({ kind: 'value', value: toBytes(value), position: NOWHERE }));

const NOWHERE = { index: 0, line: 1, column: 1 };

/** A YAML scalar for a text: plain where nothing could take it for something else. */
export function yamlText(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_./][\w ./+@%()-]*$/.test(text) &&
    !/ $|: |^(?:true|false|yes|no|on|off|null|y|n|~)$/i.test(text) &&
    !/^[\d.]+$|^0[xo]/.test(text);
  return isPlain ? text : JSON.stringify(text);
}
