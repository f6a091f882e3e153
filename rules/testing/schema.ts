/** The shape of a test file: the source of its JSON Schema, of the reference page, and of what `readTestFile` checks first. */
import * as z from 'zod';
import { PRIORITIES } from '../../engine/index.ts';
import { parsePriority } from '../priority.ts';
import { readBoolean } from '../yaml/node.ts';

/** A key of facts: a Falco field. Keys of the format never have a dot. */
export const isFieldKey = (key: string): boolean => key.includes('.');

// The reader gives all scalars as text; what they mean here is said of the text, and in the JSON Schema of the YAML value.
const flag = z
  .string()
  .refine((text) => readBoolean(text) !== undefined, 'expected true or false')
  .transform((text) => readBoolean(text) === true)
  .meta({ type: 'boolean' });
const wholeNumber = (least: number): z.ZodType<number, string> =>
  z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= least,
      `expected a whole number from ${least}`,
    )
    .transform(Number)
    .meta({ type: 'integer', minimum: least });
const priority = z
  .string()
  .transform((text, context) => {
    const found = parsePriority(text);
    if (found !== undefined) return found;
    context.addIssue(
      `there is no priority "${text}"; expected one of ${PRIORITIES.map((name) => name.toUpperCase()).join(', ')}`,
    );
    return z.NEVER;
  })
  .meta({ examples: PRIORITIES.map((name) => name.toUpperCase()) });
const texts = z.array(z.string());
const scalarTexts = z.array(z.string().meta({ type: ['string', 'number', 'boolean'] }));

const SCALAR = ['string', 'number', 'boolean', 'null'];
const factValue = z
  .union([z.string(), z.null(), z.array(z.string())])
  .meta({ type: [...SCALAR, 'array'], anyOf: undefined, items: { type: SCALAR } });

/** A map whose dotted keys are fields, and all others are keys of the format (which `findUnknownKeys` sees to). */
const flatMap = <Shape extends z.ZodRawShape>(
  shape: Shape,
  values: z.ZodType = factValue,
): z.ZodObject<Shape, z.core.$catchall<z.ZodType>> => z.object(shape).catchall(values);

const facts = flatMap({});

const output = z.union([z.string(), z.strictObject({ equals: z.string() })]);

/** What is expected of an alert. */
const alertShape = {
  output: output
    .optional()
    .describe(
      'The text of the alert, without time and priority: a pattern in which `*` stands for any text and `?` for one character, `/…/` a regular expression (RE2) that is to be found in it, or `{equals: text}`.',
    ),
  priority: priority.optional().describe("The alert's priority, in any case."),
  fields: facts
    .optional()
    .describe(
      'Values of fields when the rule fired: any field, not only those of the output. `null`: no value.',
    ),
  tags: texts.optional().describe('Tags that the alert must have.'),
  source: z.string().optional().describe('The source of the alert: `syscall`.'),
  exact: flag
    .optional()
    .describe(
      'Everything is told: the alert has no fields but those under `fields`, no tags but those under `tags`, and `output` is the whole text, without wildcards.',
    ),
};

const expectedAlert = z
  .strictObject({
    rule: z.string().optional().describe('The name of the rule. Default: the `rule` of the test.'),
    event: wholeNumber(1).optional().describe('Which of the events gives the alert, from 1.'),
    count: wholeNumber(1).optional().describe('So many such alerts one after the other. Default: 1.'),
    ...alertShape,
  })
  .meta({ id: 'alert', description: 'An alert that must come.' });

const alertList = z.array(expectedAlert);

const expectation = z
  .union([
    z.literal('none'),
    alertList,
    z.strictObject({
      count: wholeNumber(0).optional().describe('How many alerts there are in all.'),
      rules: z.record(z.string(), wholeNumber(0)).optional().describe('How many alerts each rule gives.'),
      alerts: alertList.optional().describe('Alerts that must come, in this order; others may come between.'),
      others: z
        .enum(['none', 'any'])
        .optional()
        .describe(
          'Whether there may be alerts that neither `alerts` nor `rules` tell of. Default: `none`, or `any` if there is only `count`.',
        ),
    }),
  ])
  .describe(
    'What must come: alerts in their order and no others, `none`, or counts: `{count: 3, rules: {NAME: 2}, others: none, alerts: […]}`.',
  );

const caseShape = {
  name: z.string().min(1, 'expected a name').optional().describe('What the case is about.'),
  why: z.string().optional().describe('Why it must be so; shown when the case fails.'),
  todo: z
    .union([flag, z.string()])
    .optional()
    .describe(
      'The case is known to fail, with or without a reason. When it passes, the run fails: remove the key.',
    ),
  only: flag.optional().describe('Run only cases that are marked so. Not in CI (unless `--allow-only`).'),
};

const record = z
  .string()
  .min(1, 'expected a record')
  .optional()
  .describe(
    'A whole record of another source than system calls, as it stands in its log: the JSON of an audit event. Facts are put over it.',
  );

const matrix = flatMap({}, z.array(z.union([z.string(), z.null()])))
  .optional()
  .describe('Fields with lists of values: one case for each combination.');

const firingCase = flatMap({ ...caseShape, record, matrix, ...alertShape }).meta({
  id: 'fires',
  description: 'Facts that are put over those of `base`, and what is expected of the alert.',
});
const silentCase = flatMap({ ...caseShape, record, matrix }).meta({
  id: 'silent',
  description: 'Facts that are put over those of `base`.',
});
const step = flatMap({
  record,
  at: z
    .string()
    .optional()
    .describe(
      'When it happens, counted from the first event: `+2ms`, `1s`. Default: 1 ms after the one before.',
    ),
}).meta({ id: 'event', description: 'Facts about an event.' });

const test = flatMap({
  rule: z
    .string()
    .optional()
    .describe(
      'The rule under test: other rules are not asked, and whether it is enabled does not matter. Without it, all rules that are enabled are asked.',
    ),
  ...caseShape,
  base: facts.optional().describe('Facts that all cases of the test share.'),
  record,
  fires: z.array(firingCase).optional().describe('Events at which the rule gives an alert.'),
  silent: z.array(silentCase).optional().describe('Events at which it gives none.'),
  events: z
    .array(step)
    .min(1, 'expected at least one event')
    .optional()
    .describe('Events one after the other.'),
  capture: z.string().optional().describe('A capture, relative to the test file.'),
  where: z.string().optional().describe('A condition: only alerts of events for which it holds count.'),
  expect: expectation.optional(),
  ...alertShape,
}).meta({
  id: 'test',
  description:
    'A rule with `fires` and `silent` cases; or `events`, or a `capture`, with what is expected of them. Keys with a dot are fields: the facts of a test of one event.',
});

/** A test file. */
export const testFileSchema = z.strictObject({
  rules: z
    .union([z.string(), texts.min(1, 'expected at least one file')])
    .optional()
    .describe(
      'Rule files, loaded together in this order: paths relative to the test file, patterns (`*`, `?`, `**`) and folders; each file once. Default: the file beside it, `NAME.yaml` for `NAME.test.yaml`.',
    ),
  override: z
    .strictObject({
      lists: z
        .record(z.string(), scalarTexts)
        .optional()
        .describe('Lists by name, with the items that take the place of theirs.'),
      macros: z
        .record(z.string(), z.string())
        .optional()
        .describe('Macros by name, with the condition that takes the place of theirs.'),
    })
    .optional()
    .describe('Lists and macros that are other ones in these tests.'),
  rule_matching: z
    .enum(['first', 'all'])
    .optional()
    .describe(
      "Falco's key: whether an event gives the first rule that matches it, or all. It counts for tests without `rule`. Default: `first`.",
    ),
  tests: z.array(test).describe('The tests.'),
});

export type RawTestFile = z.output<typeof testFileSchema>;
export type RawTest = z.output<typeof test>;
export type RawAlert = z.output<typeof expectedAlert>;
export type RawExpectation = z.output<typeof expectation>;

/** The JSON Schema of test files, for editors. */
export function testFileJsonSchema(): object {
  return z.toJSONSchema(testFileSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type !== 'object' || !('catchall' in def) || jsonSchema.additionalProperties === false) return;
      jsonSchema.patternProperties = { '\\.': jsonSchema.additionalProperties! };
      jsonSchema.additionalProperties = false;
    },
  });
}
