/** JSON Schema of the configuration file, for editors. */
import * as z from 'zod';
import { commonSettings, KINDS, routingSettings } from '../../outputs/index.ts';
import { commonInputSettings, INPUT_KINDS } from '../inputs/index.ts';
import { falcoKeys } from './falco-keys.ts';
import { ownSettings } from './own-settings.ts';

type Schema = Record<string, unknown>;

/** The schema of everything that may stand in the file: Falco's keys and tiercel's own. */
export function runConfigSchema(): Schema {
  const own = schemaOf(ownSettings);
  const routing = schemaOf(routingSettings);
  // Falco's scalars are read from text: editors are told what they come to.
  const falco = schemaOf(falcoKeys, 'output');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'tiercel.yaml, or falco.yaml with keys of tiercel',
    type: 'object',
    properties: {
      ...properties(own),
      inputs: named(
        INPUT_KINDS.map(({ kind, summary, config }) =>
          kindSchema([kind], summary, [commonInputSettings, config]),
        ),
        'Where alerts come from, by name; `http` at 127.0.0.1:2801 if left away',
      ),
      outputs: named(
        KINDS.map((kind) =>
          kindSchema([kind.kind, ...(kind.aliases ?? [])], kind.summary, [commonSettings(kind), kind.config]),
        ),
        'Where alerts go, by name; those of Falco (`http_output` …) are outputs, too',
      ),
      ...properties(routing),
      ...properties(falco),
    },
    additionalProperties: false,
    $defs: { ...(routing['$defs'] as Schema | undefined), ...(own['$defs'] as Schema | undefined) },
  };
}

const schemaOf = (type: z.ZodType, io: 'input' | 'output' = 'input'): Schema =>
  z.toJSONSchema(type, { unrepresentable: 'any', io }) as Schema;

const properties = (schema: Schema): Schema => (schema['properties'] ?? {}) as Schema;

/** A map of names to settings, or a list with the names in it. */
const named = (kinds: readonly Schema[], description: string): Schema => ({
  description,
  oneOf: [
    { type: 'object', additionalProperties: { oneOf: kinds } },
    { type: 'array', items: { oneOf: kinds } },
  ],
});

function kindSchema(names: readonly string[], description: string, parts: readonly z.ZodType[]): Schema {
  const schemas = parts.map((part) => schemaOf(part));
  const required = schemas.flatMap(({ required: keys = [] }) => keys as string[]);
  return {
    type: 'object',
    description,
    properties: {
      ...Object.assign({}, ...schemas.map(properties)),
      kind: { enum: names },
    },
    required: ['kind', ...required.filter((key) => key !== 'kind' && key !== 'name')],
    additionalProperties: false,
  };
}
