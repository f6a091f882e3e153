/** Settings of routes, as tiercel.yaml has them. The reference page, JSON Schema and completion derive from the descriptions. */
import * as z from 'zod';
import { PRIORITIES, severityNamed, type Priority } from '../../engine/index.ts';
import { TEXT_FORMATS } from '../output.ts';
import { duration, rate } from '../settings.ts';
import { isTimeZone, parseDays, parseHours, WEEKDAYS } from './time-window.ts';

const condition = z
  .string()
  .min(1)
  .describe("A condition in Falco's language over the alert: `priority >= warning and k8s.ns.name = prod`");

const by = z
  .array(z.string().min(1))
  .describe(
    'Names of what is equal in alerts that belong together: `rule`, `priority`, `source`, `hostname`, `tags`, `id` or any field of the alert',
  );

const outputs = z.array(z.string().min(1));

const maxKeys = z
  .int()
  .min(1)
  .max(1_000_000)
  .default(10_000)
  .describe('Keys that are remembered at most; beyond, the oldest is forgotten, which is counted');

/** A priority by its name in any case. */
const priority = z.string().transform((name, context): Priority => {
  const severity = severityNamed(name);
  if (severity !== undefined) return PRIORITIES[PRIORITIES.length - 1 - severity]!;
  context.addIssue({
    code: 'custom',
    message: `expected one of ${PRIORITIES.join(', ')}, found ${JSON.stringify(name)}`,
  });
  return z.NEVER;
});

const moment = z.string().transform((text, context): number => {
  const time = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text)
    ? Date.parse(text.replace(' ', 'T'))
    : NaN;
  if (!Number.isNaN(time)) return time;
  context.addIssue({
    code: 'custom',
    message: `expected a time with its zone such as 2026-01-31T18:00:00Z or 2026-01-31T18:00+01:00, found ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

const parsedList = <T>(parse: (text: string) => T | undefined, expected: string) =>
  z.union([z.string(), z.array(z.string())]).transform((value, context): readonly T[] =>
    [value].flat().flatMap((text) => {
      const parsed = parse(text);
      if (parsed !== undefined) return [parsed];
      context.addIssue({ code: 'custom', message: `expected ${expected}, found ${JSON.stringify(text)}` });
      return [];
    }),
  );

const timeWindow = z.strictObject({
  days: parsedList(parseDays, `days such as mon, or mon-fri (${WEEKDAYS.join(', ')})`)
    .optional()
    .describe(
      'Days of the week, one, a range, or a list of these: `mon-fri`, `[sat, sun]`; every day if left away',
    ),
  hours: parsedList(parseHours, 'hours such as 08:00-18:00')
    .optional()
    .describe(
      'Hours, one range or several: `08:00-18:00`. One that ends before it begins goes on into the next day (`22:00-06:00`); the whole day if left away',
    ),
  zone: z
    .string()
    .refine(isTimeZone, 'expected the name of a time zone such as Europe/Berlin or UTC')
    .default('UTC')
    .describe('Time zone of days and hours'),
});
export type TimeWindowSettings = z.output<typeof timeWindow>;

/** One silence. */
export const silenceSettings = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Name in reports and in the API; made of the rest if left away'),
  match: condition.optional().describe('Which alerts are silent; all if left away'),
  starts: moment.optional().describe('When it begins, with a time zone: `2026-01-31T18:00:00Z`'),
  until: moment.optional().describe('When it ends; never if left away'),
  comment: z.string().optional().describe('Why, for people'),
  author: z.string().optional().describe('Who silenced, for people'),
  summary: z.boolean().default(true).describe('Whether an alert tells at the end how many were silent'),
});
export type SilenceSettings = z.output<typeof silenceSettings>;

/** A list of silences: `silences` in tiercel.yaml, a file of them, the body of the API. */
const silenceList = z.array(silenceSettings);

const inhibition = z.strictObject({
  source: condition.describe('Alerts that mute others'),
  target: condition.describe('Alerts that are muted; one that is a source itself is not'),
  equal: by.default([]).describe('Names of what must be equal in both; what both lack is equal'),
  for: duration.prefault('10m').describe('How long a source mutes'),
  max_keys: maxKeys,
});

const dedup = z.strictObject({
  by: by.default(['id']).describe('What makes alerts the same; `id`: all that Falco said'),
  window: duration.describe('For how long the same alert is not told again, counted from the one that was'),
  max_keys: maxKeys,
});

const throttle = z.strictObject({
  by: by.default(['rule']).describe('What has a limit of its own; `[]`: one limit for all'),
  rate: rate.describe('Alerts per time that pass: `10/m`, `100/5m`'),
  burst: z
    .int()
    .min(1)
    .optional()
    .describe('How many may pass at once after a quiet time; as many as the rate says if left away'),
  max_keys: maxKeys,
});

const group = z.strictObject({
  by: by.describe('What alerts of one group have in common; `[]`: one group for all'),
  wait: duration.prefault('10s').describe('How long the first alert of a group waits for others'),
  interval: duration.prefault('5m').describe('How long later alerts of the group are gathered'),
  repeat: duration
    .prefault('0')
    .describe('For how long a rule that the group has told of is not told again; `0`: every alert is told'),
  max: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('Alerts that wait in one group; the last one ends the waiting'),
  max_keys: maxKeys,
});

const set = z.strictObject({
  priority: priority.optional().describe('Another priority'),
  tags: z.array(z.string().min(1)).optional().describe('Tags to add'),
  remove_tags: z.array(z.string()).optional().describe('Tags to take away'),
  fields: z
    .record(z.string().min(1), z.string())
    .optional()
    .describe(
      "Fields to add or to replace, each a template in Falco's output language: `{team: security, where: '%k8s.ns.name/%k8s.pod.name'}`",
    ),
  output: z
    .string()
    .min(1)
    .optional()
    .describe("Another text of the alert, as a template in Falco's output language"),
});

const timeWindows = z.union([timeWindow.transform((one) => [one]), z.array(timeWindow)]);

/** One route. */
export const routeSettings = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, ".", "-" or "_", 64 at most')
    .optional()
    .describe(
      'Name in reports and metrics; stages of a named route keep their state when its condition changes',
    ),
  match: condition.optional().describe('Which alerts it takes, as a condition; all if left away'),
  continue: z
    .boolean()
    .default(false)
    .describe('Whether the next route of the same level is asked, too, after this one took an alert'),
  active: timeWindows.optional().describe('Alerts pass only at these times'),
  mute: timeWindows.optional().describe('Alerts do not pass at these times'),
  silence: silenceList.optional().describe('Silences for this route only'),
  inhibit: z.array(inhibition).optional().describe('Alerts that mute others'),
  sample: z
    .int()
    .min(2)
    .optional()
    .describe(
      'One of so many alerts passes, chosen by its id: the same alert is treated the same, always and everywhere',
    ),
  dedup: dedup.optional().describe('Tell the same only once in a while'),
  throttle: throttle.optional().describe('Limit how many alerts pass'),
  set: set.optional().describe('Change the alert, for the routes below and for outputs'),
  outputs: outputs
    .optional()
    .describe(
      'Names of the outputs that get the alert; those of the route above if left away, `[]` for none',
    ),
  group: z
    .union([z.literal(false), group])
    .optional()
    .describe(
      'Gather alerts, and hand them over together; that of the route above if left away, `false` for none',
    ),
  template: z.string().min(1).optional().describe('Text of the alert, instead of the output’s own template'),
  format: z.enum(TEXT_FORMATS).optional().describe('Instead of the output’s own'),
  settings: z
    .record(z.string().min(1), z.string())
    .optional()
    .describe("What a kind of output lets routes set: `{channel: '#security'}`"),
  summary: z
    .boolean()
    .optional()
    .describe(
      'Whether alerts that stages held back are summed up in one; `true` if neither this route nor one above says',
    ),
  get routes(): z.ZodOptional<z.ZodArray<z.ZodType<RouteSettings, unknown>>> {
    return z
      .array(routeSettings as z.ZodType<RouteSettings, unknown>)
      .optional()
      .describe(
        'Routes below, asked for alerts that passed this one; if none takes the alert, this route delivers it',
      );
  },
});

export type InhibitionSettings = z.output<typeof inhibition>;
export type DedupSettings = z.output<typeof dedup>;
export type ThrottleSettings = z.output<typeof throttle>;
export type GroupSettings = z.output<typeof group>;
export type SetSettings = z.output<typeof set>;

/** A route, checked. */
export interface RouteSettings {
  readonly name?: string | undefined;
  readonly match?: string | undefined;
  readonly continue: boolean;
  readonly active?: readonly TimeWindowSettings[] | undefined;
  readonly mute?: readonly TimeWindowSettings[] | undefined;
  readonly silence?: readonly SilenceSettings[] | undefined;
  readonly inhibit?: readonly InhibitionSettings[] | undefined;
  readonly sample?: number | undefined;
  readonly dedup?: DedupSettings | undefined;
  readonly throttle?: ThrottleSettings | undefined;
  readonly set?: SetSettings | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly group?: GroupSettings | false | undefined;
  readonly template?: string | undefined;
  readonly format?: (typeof TEXT_FORMATS)[number] | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly summary?: boolean | undefined;
  readonly routes?: readonly RouteSettings[] | undefined;
}

/** Keys of tiercel.yaml that say where alerts go: to be made part of its schema. */
export const routingSettings = z.strictObject({
  routes: z
    .array(routeSettings as unknown as z.ZodType<RouteSettings, unknown>)
    .default([])
    .describe('Routes, asked from the first to the last until one takes the alert'),
  default: outputs
    .optional()
    .describe(
      'Outputs for alerts that no route took, and for routes that name none; every output if left away',
    ),
  silences: silenceList.default([]).describe('Silences for all routes'),
});
export type RoutingSettings = z.output<typeof routingSettings>;
