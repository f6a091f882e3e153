import { EVENTS, type EventInfo } from '../../engine/index.ts';
import { CONVERSION_RULES, type ConversionRule } from './conversion-rules.ts';
import { defaultByte, defaultSize, maxSize } from './parameter-sizes.ts';

/** What to do with an event, by its type and number of parameters. */
export const PLAN = {
  /** It is as the current schema has it. */
  PASS: 0,
  /** Nobody wants it. */
  DROP: 1,
  /** Keep it for its exit event, then drop it. */
  STORE: 2,
  STORE_AND_PASS: 3,
  /** Build a new event. */
  CONVERT: 4,
  /** It has parameters that the schema does not know. */
  TRIM: 5,
  /** It needs a conversion that nobody knows. */
  UNKNOWN: 6,
} as const;

/** Where a value of a new event comes from. */
export const VALUE = { OLD: 0, ENTER: 1, ENTER_OR_EMPTY: 2, EMPTY: 3, DEFAULT: 4, JSON: 5 } as const;

const VALUE_OF = {
  old: VALUE.OLD,
  enter: VALUE.ENTER,
  'enter?': VALUE.ENTER_OR_EMPTY,
  empty: VALUE.EMPTY,
  default: VALUE.DEFAULT,
  json: VALUE.JSON,
} as const;

/** A conversion, ready to be carried out: the arrays have one element per value. */
export interface Conversion {
  /** Type of the new event. */
  readonly code: number;
  /** Parameters of the old event that stay in front. */
  readonly kept: number;
  /** Parameters of the new event. */
  readonly count: number;
  readonly sources: Uint8Array;
  readonly indexes: Uint8Array;
  readonly maxSizes: Float64Array;
  readonly defaultSizes: Uint8Array;
  readonly defaultBytes: Uint8Array;
}

export const EVENT_COUNT = EVENTS.length;

/** Whether the lengths of the parameters of an event type take 4 bytes. */
export const LARGE: Uint8Array = Uint8Array.from(EVENTS, (info) => (info.largeLengths ? 1 : 0));

/** One more than the greatest number of parameters: stands for all greater ones. */
const MORE = Math.max(...EVENTS.map((info) => info.params.length)) + 1;
const STRIDE = MORE + 1;

const plan = new Uint8Array(EVENT_COUNT * STRIDE);
const conversions: (Conversion | undefined)[] = new Array<undefined>(EVENT_COUNT * STRIDE).fill(undefined);

/** Where to look an event up in `PLANS` and `CONVERSIONS`. */
export function planIndex(code: number, count: number): number {
  return code * STRIDE + (count < MORE ? count : MORE);
}

const infoBySymbol = new Map(EVENTS.map((info) => [info.symbol, info]));

function infoOf(symbol: string): EventInfo {
  const info = infoBySymbol.get(symbol);
  if (info === undefined) throw new Error(`there is no event type ${symbol}`);
  return info;
}

function prepare(rule: ConversionRule, info: EventInfo): Conversion {
  const target = rule.target === undefined ? info : infoOf(rule.target);
  const kept = rule.action === 'add' ? (rule.count ?? 0) : 0;
  const params = rule.values.map((_, i) => {
    const param = target.params[kept + i];
    if (param === undefined) throw new Error(`${target.symbol} has no parameter ${kept + i}`);
    return param;
  });
  return {
    code: target.code,
    kept,
    count: kept + rule.values.length,
    sources: Uint8Array.from(rule.values, (value) => VALUE_OF[value.source]),
    indexes: Uint8Array.from(rule.values, (value) => value.index),
    maxSizes: Float64Array.from(params, (param) => maxSize(param.type, target.largeLengths)),
    defaultSizes: Uint8Array.from(params, (param) => defaultSize(param.type)),
    defaultBytes: Uint8Array.from(params, (param) => defaultByte(param.type)),
  };
}

/** Which events need a conversion: `test_event_convertibility` of libscap (converter.cpp, explained in its README). */
function planWithoutRule(info: EventInfo, count: number): number {
  if (info.flags.includes('unused')) return PLAN.DROP;
  const old = info.flags.includes('old_version');
  if (!info.flags.includes('converter_managed')) {
    if (old) return info.enter ? PLAN.DROP : PLAN.UNKNOWN;
    return count > info.params.length ? PLAN.TRIM : PLAN.PASS;
  }
  return info.enter || old || count !== info.params.length ? PLAN.UNKNOWN : PLAN.PASS;
}

const PLAN_OF = {
  store: PLAN.STORE,
  pass: PLAN.PASS,
  'store+pass': PLAN.STORE_AND_PASS,
  add: PLAN.CONVERT,
  become: PLAN.CONVERT,
} as const;

for (const info of EVENTS)
  for (let count = 0; count <= MORE; count++)
    plan[planIndex(info.code, count)] = planWithoutRule(info, count);
for (const rule of CONVERSION_RULES) {
  const info = infoOf(rule.event);
  const index = planIndex(info.code, rule.count ?? info.params.length);
  if (plan[index] !== PLAN.UNKNOWN) continue;
  plan[index] = PLAN_OF[rule.action];
  if (plan[index] === PLAN.CONVERT) conversions[index] = prepare(rule, info);
}

/** What to do, by `planIndex`: one of `PLAN`. */
export const PLANS: Uint8Array = plan;

/** How to convert, by `planIndex`, where `PLANS` says so. */
export const CONVERSIONS: readonly (Conversion | undefined)[] = conversions;
