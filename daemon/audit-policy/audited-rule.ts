/** A rule, made ready for questions about the events that an audit policy lets through. */
import { fieldsIn, type BoundOperand, type ByteString, type Check } from '../../engine/index.ts';
import {
  canHoldWhere,
  checksOf,
  constantsOf,
  fails,
  holds,
  type CheckNode,
  type ConditionNode,
  type Language,
  type ModelRule,
} from '../../rules/index.ts';
import { CONNECTING } from './built-in-resources.ts';
import { lacks, readingOf, type Reading } from './event-parts.ts';
import { ALWAYS, and, hasGroup, listed, not, or, pointerOf, readingFrom, type Pointer } from './nodes.ts';
import { STAGES, type Level, type Stage } from './policy.ts';
import { ofTarget, ofUsers, TARGETS, type TargetKind } from './reach.ts';

/** What is the same for some events: what they are about, when they were made, and how much was written. */
export interface World {
  readonly target: TargetKind;
  readonly stage: Stage;
  readonly level: Level;
  /** Whether the level that the event names is open, though it has what this one brings. */
  readonly anyLevel?: boolean;
  readonly omitManagedFields?: boolean;
}

/** A field as it is written somewhere, and what it reads. */
export interface UsedField {
  /** With its argument: `jevt.value[/verb]`. */
  readonly text: ByteString;
  readonly reading: Reading;
}

/** A check that reads fields that some events lack. */
export interface FieldCheck {
  readonly node: CheckNode;
  /** Whether an odd number of `not` is round it. */
  readonly negated: boolean;
  readonly fields: readonly UsedField[];
}

/** Policies of many rules take more steps than conditions do. */
const MAX_STEPS = 200_000;

/** A rule in the light of an audit policy: the checks of its condition, the fields that it reads, and what can hold in the events that a rule of the policy lets through. */
export class AuditedRule {
  readonly rule: ModelRule;
  /** All checks of the condition, in order. */
  readonly checks: readonly FieldCheck[];
  readonly outputFields: readonly UsedField[];
  /** With fields that read the same place made one. */
  readonly condition: ConditionNode;
  /** Where the condition can hold if everything is written. */
  readonly worlds: readonly World[];
  /** Groups of users that it asks for. */
  readonly groups: readonly ByteString[];
  readonly #facts: ConditionNode;
  readonly #fields = new Map<string, readonly UsedField[]>();

  /** `groups`: those of users that it will be asked about, beside its own. */
  constructor(rule: ModelRule, language: Pick<Language, 'parse'>, groups: readonly ByteString[]) {
    this.rule = rule;
    this.checks = [...checksOf(rule.whole)].map(({ node, negated }) => ({
      node,
      negated,
      fields: sidesOf(node.check).flatMap(usedField),
    }));
    this.outputFields = rule.loaded.output.names.flatMap((name) =>
      fieldsIn(language.parse(`${name} exists`)).map((field) => written(field.name, field.arg)),
    );
    this.condition = this.#rewrite(rule.whole);
    this.groups = [...checksOf(rule.whole)].flatMap(({ node }) => groupsIn(node));
    this.#facts = and(ofUsers(new Set([...this.groups, ...groups])), ...this.checks.map(verbFact));
    const full = TARGETS.flatMap((target) =>
      STAGES_BY_USE.map((stage): World => ({ target, stage, level: 'RequestResponse', anyLevel: true })),
    );
    this.worlds = full.filter((world) => this.canHold(world));
  }

  /** Whether the condition can hold at events of a world that satisfy `where`. "No" is certain. */
  canHold(world: World, where: ConditionNode = ALWAYS): boolean {
    return this.canBe(world, and(this.condition, where));
  }

  /** The same for any condition made of this rule's. */
  canBe(world: World, node: ConditionNode, not: ConditionNode | undefined = undefined): boolean {
    const claims = [node, this.#facts, ofTarget[world.target]].map(holds);
    return canHoldWhere(
      not === undefined ? claims : [...claims, fails(not)],
      (check) => this.#known(check, world),
      MAX_STEPS,
    );
  }

  /** Whether it can matter, at events of a world that satisfy `where`, what the checks of some key give. */
  matters(key: string, world: World, where: ConditionNode): boolean {
    const held = replaced(this.condition, key, ALWAYS);
    const failed = replaced(this.condition, key, or());
    return this.canBe(world, and(held, where), failed) || this.canBe(world, and(failed, where), held);
  }

  /** The key of a check in `condition`. */
  keyIn(node: CheckNode): string {
    const own = this.#rewrite(node);
    return own.kind === 'check' ? own.check.key : node.check.key;
  }

  /** The texts that what stands at a place is compared with. */
  constantsAt(pointer: Pointer): Set<ByteString> {
    const checks = [...checksOf(this.condition)].filter(({ node }) => pointerOf(node) === pointer);
    return new Set(checks.flatMap(({ node }) => constantsOf(node)));
  }

  #rewrite(node: ConditionNode): ConditionNode {
    switch (node.kind) {
      case 'and':
      case 'or':
        return { ...node, children: node.children.map((child) => this.#rewrite(child)) };
      case 'not':
        return { ...node, child: this.#rewrite(node.child) };
      case 'macro':
        return this.#rewrite(node.body);
      case 'check': {
        const rewritten = rewriteCheck(node);
        if (rewritten.kind === 'check')
          this.#fields.set(rewritten.check.key, sidesOf(node.check).flatMap(usedField));
        return rewritten;
      }
    }
  }

  /** What a check gives at all events of a world, if that is certain. */
  #known(check: Check, { target, stage, level, anyLevel, omitManagedFields }: World): boolean | undefined {
    for (const { reading, text } of this.#fields.get(check.key) ?? []) {
      const { part, pointer } = reading;
      if (RAW_TIMES.has(text)) return atSomeTime(check);
      if (lacks(part, level, stage) || (part === 'requestObject' && target === 'path')) return false;
      if (omitManagedFields && pointer !== undefined && MANAGED.test(pointer)) return false;
    }
    const pointer = check.left.field?.arg;
    if (check.right !== undefined || pointer === undefined) return undefined;
    if (check.expr.op === 'exists') return EVERYWHERE.has(pointer) || undefined;
    if (pointer === '/stage') return check.accepts?.(stage);
    if (pointer === '/level' && !anyLevel) return check.accepts?.(level);
    return undefined;
  }
}

/** Those that rules mostly want first. */
const STAGES_BY_USE: readonly Stage[] = [
  'ResponseComplete',
  ...STAGES.filter((stage) => stage !== 'ResponseComplete'),
];

const MANAGED = /^\/(?:requestObject|responseObject)\/(?:items\/\d+\/)?metadata\/managedFields(?:\/|$)/;

/** What every event has (the fields of `Event` in pkg/apis/audit/v1/types.go that are never left out). */
const EVERYWHERE: ReadonlySet<string> = new Set([
  '/kind',
  '/apiVersion',
  '/level',
  '/auditID',
  '/stage',
  '/requestURI',
  '/verb',
  '/requestReceivedTimestamp',
  '/stageTimestamp',
]);

const RAW_TIMES: ReadonlySet<string> = new Set(['jevt.rawtime', 'json.rawtime']);

/** Events have times of this century, in nanoseconds: rules compare them with 0 to be never true. */
function atSomeTime({ expr, values }: Check): boolean | undefined {
  if (expr.op === 'exists') return true;
  const isTime = values.some((value) => /^[1-9]\d{17,18}$/.test(String(value)));
  return (expr.op === '=' || expr.op === '==' || expr.op === 'in') && !isTime ? false : undefined;
}

const sidesOf = ({ left, right }: Check): readonly BoundOperand[] =>
  right === undefined ? [left] : [left, right];

function usedField({ base }: BoundOperand): UsedField[] {
  return base === undefined ? [] : [written(base.field.name, base.arg)];
}

const written = (name: string, arg: ByteString | undefined): UsedField => ({
  text: arg === undefined ? name : `${name}[${arg}]`,
  reading: readingOf(name, arg),
});

/** A check of what only some verbs bring is true with these only. */
function verbFact({ node, fields }: FieldCheck): ConditionNode {
  const limits = fields.flatMap(({ reading: { verbs } }) => (verbs === undefined ? [] : [withBody(verbs)]));
  return limits.length === 0 ? ALWAYS : or(not(rewriteCheck(node)), and(...limits));
}

/** Requests with these verbs whose body is written. */
export const withBody = (verbs: readonly ByteString[]): ConditionNode =>
  and(listed('/verb', verbs), not(listed('/objectRef/subresource', CONNECTING)));

const isOfGroups = ({ check: { left, expr } }: CheckNode): boolean =>
  left.field?.field.name === 'ka.user.groups' && expr.op === 'intersects';

const groupsIn = (node: CheckNode): readonly ByteString[] => (isOfGroups(node) ? constantsOf(node) : []);

function rewriteCheck(node: CheckNode): ConditionNode {
  const { left, right, accepts } = node.check;
  if (left.field === undefined || right !== undefined || pointerOf(node) !== undefined) return node;
  const { field, arg } = left.field;
  if (isOfGroups(node)) return or(...constantsOf(node).map(hasGroup));
  const { pointer } = readingOf(field.name, arg);
  return pointer === undefined || accepts === undefined || left.shape.list
    ? node
    : readingFrom(node, pointer);
}

/** A condition with the checks of a key as if they were something else. */
function replaced(node: ConditionNode, key: string, by: ConditionNode): ConditionNode {
  switch (node.kind) {
    case 'check':
      return node.check.key === key ? by : node;
    case 'not':
      return { ...node, child: replaced(node.child, key, by) };
    case 'macro':
      return replaced(node.body, key, by);
    default:
      return { ...node, children: node.children.map((child) => replaced(child, key, by)) };
  }
}
