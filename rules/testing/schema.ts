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

const anyFields = z.record(z.string(), factValue);
const routesTime =
  'counted from the first event or alert (of a capture, from its first alert): `+30s`, `10m`';

/** What is expected of an alert that an output gets. */
const deliveryShape = {
  route: z
    .string()
    .optional()
    .describe('The route that delivers it, by its name or its place: `routes[0].routes[2]`, `default`.'),
  at: z.string().optional().describe(`When the output gets it, ${routesTime}.`),
  rule: z.string().optional().describe('The name of its rule.'),
  priority: priority.optional().describe('Its priority, as routes left it.'),
  source: z.string().optional().describe('Its source.'),
  tags: texts.optional().describe('Tags that it must have.'),
  output: output
    .optional()
    .describe("Its output, as routes left it: a pattern as in other alerts, over all of Falco's line."),
  fields: anyFields.optional().describe('Values of its fields. `null`: it has none.'),
  text: output
    .optional()
    .describe(
      'The text that is made of it by the template or format of the route or the output; a pattern. What the kind of the output makes of it is no part of it.',
    ),
  settings: z
    .record(z.string(), z.string())
    .optional()
    .describe('What routes set for the output: `{channel: "#security"}`.'),
};
const ownDelivery = z.strictObject(deliveryShape);
const delivery = z
  .strictObject({
    alert: wholeNumber(1).optional().describe('Which alert of the case it is, from 1.'),
    summary: wholeNumber(1)
      .optional()
      .describe('It is the alert that sums up so many that were held back: "37 more like this".'),
    count: wholeNumber(1).optional().describe('So many such deliveries one after the other. Default: 1.'),
    ...deliveryShape,
  })
  .meta({ id: 'delivery', description: 'An alert that an output must get.' });

const outputDeliveries = z
  .record(z.string(), z.union([z.enum(['none', 'any']), wholeNumber(0), z.array(delivery)]))
  .describe(
    'What the outputs get, by their names: how many alerts, or a list of all of them in their order, `none`, or `any`. Outputs that are not named must get nothing.',
  );
const heldBackCounts = z
  .record(z.string(), wholeNumber(0))
  .describe('How many alerts stages of routes hold back, by the names of stages: `{throttle: 37}`.');
const routedUntil = z
  .string()
  .describe(
    `How much time passes for the routes, ${routesTime}. Default: until nothing waits in groups, and everything that was held back is summed up.`,
  );

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
          'Whether there may be alerts that neither `alerts` nor `rules` tell of. Default: `none`, or `any` if neither is there.',
        ),
      outputs: outputDeliveries.optional(),
      held_back: heldBackCounts.optional(),
      until: routedUntil.optional(),
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

/** What an alert says. */
const contentShape = {
  rule: z.string().optional().describe('The name of the rule.'),
  priority: priority.optional().describe('The priority, in any case. Default: `NOTICE`.'),
  source: z.string().optional().describe('The source. Default: `syscall`.'),
  hostname: z.string().optional().describe('The host. Default: none.'),
  tags: texts.optional().describe('The tags of the rule.'),
  output: z.string().optional().describe("Falco's line: time, priority and message."),
  output_fields: anyFields
    .optional()
    .describe('Fields, as in the JSON that Falco prints. Keys with a dot may stand beside the others, too.'),
  input: z.string().optional().describe('The name of the input that it comes from. Default: none.'),
  time: z.string().optional().describe('The time that the alert tells. Default: that at which it comes.'),
};
const heldBackBy = z.strictObject({
  stage: z.string().describe('The name of the stage.'),
  route: z.string().optional().describe('The route, by its name or its place; `silences` for all routes.'),
});
const routedAlert = flatMap({
  ...contentShape,
  at: z
    .string()
    .optional()
    .describe(
      'When it comes: counted from the first alert (`+30s`), or a time with its zone (`2026-01-31T18:00:00+01:00`). Default: 1 ms after the one before; the first at 2026-01-01T00:00:00Z.',
    ),
  after: z.string().optional().describe('When it comes, counted from the alert before: `30s`.'),
  count: wholeNumber(1).optional().describe('So many such alerts come. Default: 1.'),
  every: z.string().optional().describe('How long after each other these come. Default: 1 ms.'),
  outputs: z
    .union([z.literal('none'), texts, z.record(z.string(), ownDelivery)])
    .optional()
    .describe(
      'The outputs that get it, now or with a group, and no others: a list of names, `none`, or a map that says what they get.',
    ),
  held_back: z
    .union([z.literal('none'), z.string(), heldBackBy, z.array(z.union([z.string(), heldBackBy]))])
    .optional()
    .describe(
      'What keeps it from going on, and nothing else: the name of a stage, `{stage: throttle, route: prod}`, a list of these, or `none`. That an output has it already (`once`) need not be told.',
    ),
}).meta({
  id: 'routed',
  description: 'An alert as Falco prints it, and where it must go.',
});

const test = flatMap({
  rule: z
    .string()
    .optional()
    .describe(
      'The rule under test: other rules are not asked, and whether it is enabled does not matter. Without it, all rules that are enabled are asked.',
    ),
  ...caseShape,
  base: flatMap(contentShape)
    .optional()
    .describe(
      'Facts that all cases of the test share; with `alerts`, what all of them say, also under keys without a dot.',
    ),
  record,
  fires: z.array(firingCase).optional().describe('Events at which the rule gives an alert.'),
  silent: z.array(silentCase).optional().describe('Events at which it gives none.'),
  events: z
    .array(step)
    .min(1, 'expected at least one event')
    .optional()
    .describe('Events one after the other.'),
  alerts: z
    .array(routedAlert)
    .min(1, 'expected at least one alert')
    .optional()
    .describe('Alerts that go through the routes, one after the other.'),
  capture: z.string().optional().describe('A capture, relative to the test file.'),
  where: z.string().optional().describe('A condition: only alerts of events for which it holds count.'),
  expect: expectation.optional(),
  ...alertShape,
}).meta({
  id: 'test',
  description:
    'A rule with `fires` and `silent` cases; or `events`, a `capture`, or `alerts` for routes, with what is expected of them. Keys with a dot are fields: the facts of a test of one event.',
});

/** A test file. */
export const testFileSchema = z.strictObject({
  rules: z
    .union([z.string(), texts.min(1, 'expected at least one file')])
    .optional()
    .describe(
      'Rule files, loaded together in this order: paths relative to the test file, patterns (`*`, `?`, `**`) and folders; each file once. Default: the file beside it, `NAME.yaml` for `NAME.test.yaml`.',
    ),
  routes: z
    .union([z.string(), z.record(z.string(), z.any())])
    .optional()
    .describe(
      'The routes that alerts go through: a configuration of `tiercel run` with `routes` and `outputs`, relative to the test file; or the keys `routes`, `outputs` (their names), `default` and `silences` themselves. Needed where `alerts` or `expect: {outputs: …}` are.',
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
export type RawDelivery = z.output<typeof delivery>;
export type RawRoutedAlert = z.output<typeof routedAlert>;
export type RawContent = Partial<Pick<RawRoutedAlert, keyof typeof contentShape>>;

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
