import type { ByteString } from '../bytes.ts';
import type { BinaryOperator } from './ast.ts';
import { isFieldError, type FieldLookup } from './operand.ts';
import { TRANSFORMERS } from './parser.ts';

/** Falco's warnings about a constant: a pattern that needs none, a field or a transformer that was written as text. */
export function constantWarnings(text: ByteString, op: BinaryOperator, lookup: FieldLookup): string[] {
  const warnings: string[] = [];
  if (op === 'regex' && isSimplePattern(text))
    warnings.push(
      `regex check with '${text}' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'`,
    );
  // Every field begins with a letter and has a dot in its name, and every transformer has brackets.
  if (!/^[ \t\n\v\f\r]*[a-z][^]*[.(]/i.test(text)) return warnings;
  const word = text.replace(/[ \t\n\v\f\r]+/g, '');
  const named = /^([^[\]]+)(?:\[([^\]]*)\])?$/s.exec(word);
  const found = named === null || !word.includes('.') ? undefined : lookup(named[1]!, named[2]);
  if (found !== undefined) {
    // A field that is used wrongly stops Falco's look-out for more.
    if (isFieldError(found)) return warnings;
    warnings.push(`'${text}' may be a valid field misused as a const string value`);
  }
  for (const name of ['val', ...TRANSFORMERS])
    if (word.startsWith(`${name}(`) && word.endsWith(')'))
      warnings.push(`'${text}' may be a valid field transformer misused as a const string value`);
  return warnings;
}

/** Whether nothing in the middle of a pattern has a special meaning: `^` and `$` at its ends, `.*` and the like there do not count. */
function isSimplePattern(pattern: ByteString): boolean {
  const { length } = pattern;
  for (let i = 0; i < length; i++) {
    if ((i === 0 && pattern[i] === '^') || (i === length - 1 && pattern[i] === '$')) continue;
    const atEnd = (i === 0 && length > 1) || i === length - 2;
    if (atEnd && pattern[i] === '.' && '+*?'.includes(pattern[i + 1]!)) {
      i++;
      continue;
    }
    if ('.+*?^$()[]{}|\\'.includes(pattern[i]!)) return false;
  }
  return true;
}
