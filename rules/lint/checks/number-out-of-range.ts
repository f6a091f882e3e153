import { fromBytes, type ByteString } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, NETWORK_OUTPUT } from '../example.ts';
import { constantsOf, placeOfValue } from '../../model/condition-node.ts';

export const numberOutOfRange: LintCheck = {
  code: 'number-out-of-range',
  severity: 'error',
  what: 'A number that the type of the field cannot hold.',
  why: 'Falco cuts or wraps it in silence: `fd.sport = 65616` means port 80, `evt.cpu = 65536` means CPU 0, `evt.num > -1` is never true.',
  bad: exampleRule({ condition: 'evt.type = connect and fd.sport = 65616', output: NETWORK_OUTPUT }),
  good: exampleRule({ condition: 'evt.type = connect and fd.sport = 8080', output: NETWORK_OUTPUT }),
  *check(model) {
    for (const node of model.checks()) {
      const constants = constantsOf(node);
      for (const [i, value] of node.check.values.entries()) {
        const text = constants[i];
        if (text === undefined || typeof value === 'string' || typeof value === 'boolean') continue;
        const written = asInteger(text);
        if (written === undefined || written === BigInt(value)) continue;
        // What the kernel itself calls no user.
        if (written === -1n && /[ug]id$/.test(node.check.left.name)) continue;
        yield {
          place: placeOfValue(node, text),
          message: `${fromBytes(node.check.left.key)} cannot hold ${fromBytes(text)}: Falco takes it for ${value}`,
        };
      }
    }
  },
};

function asInteger(text: ByteString): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}
