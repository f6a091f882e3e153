import { EVENTS, type EventInfo } from '../../engine/index.ts';
import { CONVERSION_RULES, type ConversionRule } from './conversion-rules.ts';
import { ConversionSteps, type Conversion } from './conversion.ts';

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

export const EVENT_COUNT = EVENTS.length;

/** Whether the lengths of the parameters of an event type take 4 bytes. */
export const LARGE: Uint8Array = Uint8Array.from(EVENTS, (info) => (info.largeLengths ? 1 : 0));

/** One more than the greatest number of parameters: stands for all greater ones. */
const MORE = Math.max(...EVENTS.map((info) => info.params.length)) + 1;
const STRIDE = MORE + 1;

const plan = new Uint8Array(EVENT_COUNT * STRIDE);
const ruleAt = new Map<number, ConversionRule>();
const conversions = new Array<Conversion | undefined>(EVENT_COUNT * STRIDE).fill(undefined);

/** Where to look an event up in `PLANS`, and what `conversionAt` takes. */
export function planIndex(code: number, count: number): number {
  return code * STRIDE + (count < MORE ? count : MORE);
}

const infoBySymbol = new Map(EVENTS.map((info) => [info.symbol, info]));

function infoOf(symbol: string): EventInfo {
  const info = infoBySymbol.get(symbol);
  if (info === undefined) throw new Error(`there is no event type ${symbol}`);
  return info;
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
  ruleAt.set(index, rule);
}

/** What to do, by `planIndex`: one of `PLAN`. */
export const PLANS: Uint8Array = plan;

/** How to convert, where `PLANS` says so. */
export function conversionAt(index: number): Conversion {
  return (conversions[index] ??= prepare(index));
}

function prepare(index: number): Conversion {
  const steps = new ConversionSteps(EVENTS[Math.trunc(index / STRIDE)]!, index % STRIDE);
  let at = index;
  for (; plan[at] === PLAN.CONVERT; at = planIndex(steps.info.code, steps.count)) {
    const rule = ruleAt.get(at)!;
    steps.take(rule, rule.target === undefined ? steps.info : infoOf(rule.target));
  }
  return steps.conversion(plan[at]!);
}
