import type { ByteString } from '../bytes.ts';
import { ASYNC_EVENT_NAMES } from '../tables/async-events.ts';
import { ASYNCEVENT_E, GENERIC_E, GENERIC_X, PLUGINEVENT_E } from '../tables/codes.generated.ts';
import { EVENTS, EVENT_SYSCALLS, SYSCALLS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { BinaryCheck, Expr, FieldExpr, Operand, Transformer, TransformerArg } from './ast.ts';
import { ConditionError } from './parser.ts';

/** Flags by event code, or by system call. */
type Flags = readonly boolean[];

/** What conditions are searched for: event types or system calls. */
interface Universe {
  readonly all: Flags;
  readonly none: Flags;
  readonly named: (names: ReadonlySet<ByteString>) => Flags;
}

interface Found {
  /** Most often `all` of the universe itself. */
  readonly flags: Flags;
  /** Whether they come from event names: only then a `not` turns them round. */
  readonly named: boolean;
}

const MAX_KNOWN_NAMES = 1000;
const SYSCALL_COUNT = Math.max(...SYSCALLS.keys()) + 1;
const isGeneric = (code: number): boolean => code === GENERIC_E || code === GENERIC_X;

const EVENT_TYPES: Universe = universe(
  EVENTS.map(() => true),
  eventsNamed,
);
const SYSTEM_CALLS: Universe = universe(
  Array.from({ length: SYSCALL_COUNT }, (_, syscall) => syscall > 0 && SYSCALLS.has(syscall)),
  syscallsNamed,
);

function universe(all: Flags, find: Universe['named']): Universe {
  // Most conditions name the same few.
  const found = new Map<string, Flags>();
  const named: Universe['named'] = (names) => {
    const key = JSON.stringify([...names]);
    const flags = found.get(key) ?? find(names);
    if (found.size < MAX_KNOWN_NAMES) found.set(key, flags);
    return flags;
  };
  return { all, none: all.map(() => false), named };
}

const known = new WeakMap<Expr, ReadonlySet<EventCode>>();
const codesOfFlags = new WeakMap<Flags, ReadonlySet<EventCode>>();

/**
 * The event types at which a condition can be true, as Falco indexes its rules (filter/ppm_codes.cpp of libsinsp): only comparisons of `evt.type`
 * and `syscall.type` with `=`, `!=` and `in` narrow them. A rule is never asked at other events, even if it were true there. Events of
 * plugins' own (`asyncevent`) are always among them. Throws a `ConditionError` for comparisons that Falco cannot index.
 */
export function eventCodes(condition: Expr): ReadonlySet<EventCode> {
  let codes = known.get(condition);
  if (codes === undefined) {
    codes = codesOf(visit(condition, false, EVENT_TYPES).flags);
    known.set(condition, codes);
  }
  return codes;
}

function codesOf(flags: Flags): ReadonlySet<EventCode> {
  let codes = codesOfFlags.get(flags);
  if (codes === undefined) {
    codes = new Set(EVENTS.filter((_, code) => flags[code]).map((event) => event.code)).add(ASYNCEVENT_E);
    codesOfFlags.set(flags, codes);
  }
  return codes;
}

/** The names of the events that a condition is about, as Falco describes a rule (`-L`, `events`); in no order. */
export function eventNames(condition: Expr): ReadonlySet<ByteString> {
  const names = new Set<ByteString>();
  for (const code of eventCodes(condition)) if (!isGeneric(code)) names.add(EVENTS[code]!.name);
  const { flags: syscalls } = visit(condition, false, SYSTEM_CALLS);
  const covered = new Set<number>();
  EVENT_SYSCALLS.forEach((ofEvent, code) => {
    if (isGeneric(code) || !ofEvent.some((syscall) => syscalls[syscall])) return;
    names.add(EVENTS[code]!.name);
    for (const syscall of ofEvent) covered.add(syscall);
  });
  for (const [syscall, name] of SYSCALLS)
    if (syscalls[syscall] === true && !covered.has(syscall)) names.add(name);
  return names;
}

/** The event types of rules that are not about system calls. */
export const PLUGIN_CODES: ReadonlySet<EventCode> = new Set([PLUGINEVENT_E, ASYNCEVENT_E]);

function visit(expr: Expr, negated: boolean, universe: Universe): Found {
  switch (expr.kind) {
    case 'and':
    case 'or': {
      const every = (expr.kind === 'and') !== negated;
      // What changes nothing, beside others.
      const idle = every ? universe.all : universe.none;
      let flags = idle;
      for (const child of expr.children) {
        const more = visit(child, negated, universe).flags;
        if (flags === idle) flags = more;
        else if (more !== idle && more !== flags)
          flags = every ? both(flags, more) : either(flags, more, universe);
      }
      return { flags, named: false };
    }
    case 'not':
      return visit(expr.child, !negated, universe);
    case 'identifier':
      return { flags: universe.all, named: false };
    case 'unary':
      refuseTransformed(expr.left, expr);
      return neutral(isEventType(expr.left), negated, universe);
    case 'binary':
      return visitBinary(expr, negated, universe);
  }
}

const both = (some: Flags, others: Flags): Flags => some.map((has, i) => has && others[i]!);

/** Flags never go beyond `all`. */
const either = (some: Flags, others: Flags, { all }: Universe): Flags =>
  some === all || others === all ? all : some.map((has, i) => has || others[i]!);

/** A check that is true at any event, unless it counts as one of names and is negated. */
function neutral(named: boolean, negated: boolean, { all, none }: Universe): Found {
  return { flags: named && negated ? none : all, named };
}

function visitBinary(expr: BinaryCheck, negated: boolean, universe: Universe): Found {
  const narrows =
    expr.modifier === undefined &&
    (expr.op === '=' || expr.op === '==' || expr.op === '!=' || expr.op === 'in');
  if (!narrows) return neutral(false, negated, universe);
  refuseTransformed(expr.left, expr);
  // A constant that ends the arguments of a transformer counts as event names: `not concat(a.b, "x") = y` has no event types. BUG
  if (!isEventType(expr.left)) return neutral(endsWithConstant(expr.left), negated, universe);
  const { right } = expr;
  if (right.kind === 'transformer') {
    refuseTransformed(right, expr);
    throw new ConditionError(
      'right-hand field comparisons on `evt.type`/`syscall.type` checks are not supported by event code search',
      expr.position,
    );
  }
  const flags = universe.named(new Set(right.kind === 'list' ? right.values : [right.value]));
  const turned = (expr.op === '!=') !== negated;
  return { flags: turned ? universe.all.map((has, i) => has && !flags[i]) : flags, named: true };
}

function isEventType(operand: Operand | TransformerArg): operand is FieldExpr {
  return (
    operand.kind === 'field' &&
    (operand.name === 'evt.type' || operand.name === 'syscall.type') &&
    operand.arg === undefined
  );
}

function refuseTransformed(operand: Operand, check: Expr): void {
  if (operand.kind === 'transformer' && holdsEventType(operand))
    throw new ConditionError(
      'event code search does not support `evt.type` checks with transformers',
      check.position,
    );
}

// Of a list only the last element is looked at.
function holdsEventType(transformer: Transformer): boolean {
  return transformer.values.some((value) => {
    if (value.kind === 'transformer') return holdsEventType(value);
    return isEventType(value.kind === 'transformer-list' ? (value.children.at(-1) ?? value) : value);
  });
}

function endsWithConstant(operand: TransformerArg): boolean {
  switch (operand.kind) {
    case 'value':
      return true;
    case 'field':
      return false;
    case 'transformer':
      return endsWithConstant(operand.values.at(-1)!);
    case 'transformer-list':
      return operand.children.length > 0 && endsWithConstant(operand.children.at(-1)!);
  }
}

const syscallNames: ReadonlySet<ByteString> = new Set(SYSCALLS.values());

/** The events that have one of the names; the generic ones too if a name is a system call's without an event of its own. */
function eventsNamed(names: ReadonlySet<ByteString>): Flags {
  const left = new Set(names);
  const flags = EVENTS.map(({ name, code }) => {
    const has = !isGeneric(code) && names.has(name);
    if (has) left.delete(name);
    return has;
  });
  // Numbers without a system call have an empty name.
  const generic = left.has('') || [...left].some((name) => syscallNames.has(name));
  flags[GENERIC_E] = flags[GENERIC_X] = generic;
  return flags;
}

/** The system calls of the events that have one of the names, and those behind generic events that have one themselves. */
function syscallsNamed(names: ReadonlySet<ByteString>): Flags {
  const events = eventsNamed(names);
  const flags = SYSTEM_CALLS.all.map(() => false);
  EVENT_SYSCALLS.forEach((syscalls, code) => {
    if (events[code] !== true) return;
    for (const syscall of syscalls)
      if (!isGeneric(code) || names.has(SYSCALLS.get(syscall) ?? '')) flags[syscall] = true;
  });
  return flags;
}

const codeOfName: ReadonlyMap<ByteString, EventCode> = new Map(
  [
    ...[...SYSCALLS.values()].map((name) => [name, GENERIC_X] as const),
    // Later ones win: of an event, the exit in today's schema.
    ...EVENTS.filter(({ flags, name }) => !flags.includes('old_version') && name !== 'syscall').map(
      ({ name, code }) => [name, code] as const,
    ),
    ...ASYNC_EVENT_NAMES.map((name) => [name, ASYNCEVENT_E] as const),
  ].filter(([name]) => name !== ''),
);

/** The event type that has a name (as `evt.type` shows it) in today's schema, of a system call its exit; what nobody knows is taken for a call that the driver has no type for. */
export const eventCodeNamed = (name: ByteString): EventCode => codeOfName.get(name) ?? GENERIC_X;
