/** What a rule needs to be written of which requests. */
import type { ByteString } from '../../engine/index.ts';
import { checksOf, constantsOf, operatorOf, type ConditionNode } from '../../rules/index.ts';
import { emptyChecks, emptyOutput } from './audit.ts';
import type { AuditedRule, World } from './audited-rule.ts';
import { groupsOf, isNamespaced, ownersOf, subresourcesOf } from './built-in-resources.ts';
import { ALWAYS, and, hasGroup, isOneOf, not, or, pointerOf, type Pointer } from './nodes.ts';
import { LEVELS, type Level, type Stage } from './policy.ts';
import { ANYWHERE, atPath, usually, VERBS, type TargetKind, type Where } from './reach.ts';

/** A resource as policies name it: `pods`, `pods/exec`. */
export interface ResourcePattern {
  readonly group: ByteString;
  readonly pattern: ByteString;
}

/** A kind of requests, and what must be written of them. What is undefined is left open. */
export interface Need {
  readonly level: Level;
  readonly stages: ReadonlySet<Stage>;
  /** Requests for a resource, for any, for other paths, or for anything. */
  readonly about: ResourcePattern | 'resources' | 'paths' | 'everything';
  readonly paths: readonly ByteString[] | undefined;
  readonly verbs: readonly ByteString[] | undefined;
  readonly users: readonly ByteString[] | undefined;
  readonly userGroups: readonly ByteString[] | undefined;
  readonly namespaces: readonly ByteString[] | undefined;
  /** The rules that need it. */
  readonly rules: readonly ByteString[];
}

/** Everything that a rule needs: requests beyond that cannot make it fire. */
export function needsOf(audited: AuditedRule): Need[] {
  return new Needs(audited).all();
}

/** Finds the needs of one rule. */
class Needs {
  readonly #audited: AuditedRule;
  readonly #usual: Where;
  readonly #stages: ReadonlySet<Stage>;
  readonly #worlds: readonly World[];
  /** Those that it names, or that it wants to see something of. */
  readonly #resources: readonly ByteString[];

  constructor(audited: AuditedRule) {
    this.#audited = audited;
    const resources = audited.constantsAt('/objectRef/resource');
    for (const { reading } of [...audited.outputFields, ...audited.checks.flatMap(({ fields }) => fields)])
      reading.resources?.forEach((resource) => resources.add(resource));
    for (const subresource of audited.constantsAt('/objectRef/subresource'))
      ownersOf(subresource).forEach((resource) => resources.add(resource));
    const usual = usually(resources);
    // Where only somebody else's resources can be meant, these are.
    const ordinary = audited.worlds.some((world) => audited.canHold(world, usual[world.target]));
    this.#usual = ordinary ? usual : ANYWHERE;
    this.#resources = [...resources].filter((resource) => resource !== '');
    const possible = new Set(audited.worlds.map(({ stage }) => stage));
    // The last event of a request says most: rules that name no stage do with it.
    const chosen = [...checksOf(audited.condition)].some(({ node }) => pointerOf(node) === '/stage');
    this.#stages = !chosen && possible.has('ResponseComplete') ? new Set(['ResponseComplete']) : possible;
    this.#worlds = audited.worlds.filter(({ stage }) => this.#stages.has(stage));
  }

  all(): Need[] {
    const resources = this.#ofResources();
    const paths = this.#ofPaths();
    const [path] = paths;
    // Both open and else the same: one need for everything.
    const same = resources.find(
      (need) => need.about === 'resources' && path?.paths === undefined && isAlike(need, path),
    );
    if (same === undefined) return [...resources, ...paths];
    return [...resources.filter((need) => need !== same), { ...same, about: 'everything' }];
  }

  #ofResources(): Need[] {
    const needs: Need[] = [];
    const open: ConditionNode[] = [];
    for (const resource of this.#resources) {
      const where = isOneOf('/objectRef/resource', [resource]);
      // Where the group is not known, a policy can only leave the resource open.
      if (groupsOf(resource).length === 0) open.push(where);
      else if (this.#can(where)) needs.push(...this.#ofResource(resource, where));
    }
    const others = and(or(not(isOneOf('/objectRef/resource', this.#resources)), ...open));
    return this.#can(others) ? [...needs, this.#need('resources', others)] : needs;
  }

  #ofResource(resource: ByteString, where: ConditionNode): Need[] {
    const subresources = ['', ...subresourcesOf(resource)];
    return subresources.flatMap((subresource) => {
      const here = and(where, isOneOf('/objectRef/subresource', [subresource]));
      if (!this.#can(here)) return [];
      const pattern = subresource === '' ? resource : `${resource}/${subresource}`;
      const namespaces = isNamespaced(resource) ? this.#only('/objectRef/namespace', here) : undefined;
      return groupsOf(resource).map((group) => this.#need({ group, pattern }, here, { namespaces }));
    });
  }

  #ofPaths(): Need[] {
    if (!this.#can(ALWAYS, 'path')) return [];
    const candidates = [...new Set(this.#pathsAsked())];
    const beyond = not(or(...candidates.map((path) => atPath(path, 'over'))));
    const paths = this.#can(beyond, 'path')
      ? undefined
      : candidates.filter((path) => this.#can(atPath(path, 'under'), 'path'));
    return [{ ...this.#need('paths', ALWAYS), paths }];
  }

  /** Patterns of paths that the condition speaks of. */
  *#pathsAsked(): Generator<ByteString> {
    for (const { node } of checksOf(this.#audited.condition)) {
      if (pointerOf(node) !== '/requestURI') continue;
      const open = operatorOf(node) === 'startswith';
      for (const uri of constantsOf(node)) {
        const [path, query] = uri.split('?');
        if (path!.startsWith('/') && !path!.includes('*'))
          yield open && query === undefined ? `${path}*` : path!;
      }
    }
  }

  #need(
    about: Need['about'],
    where: ConditionNode,
    more: { readonly namespaces?: readonly ByteString[] | undefined } = {},
  ): Need {
    const target = about === 'paths' ? 'path' : 'resource';
    const { groups } = this.#audited;
    const grouped = groups.length > 0 && !this.#can(and(where, not(or(...groups.map(hasGroup)))), target);
    return {
      level: this.#level(where, target),
      stages: this.#stages,
      about,
      paths: undefined,
      verbs: this.#verbs(where, target),
      users: this.#only('/user/username', where, target),
      userGroups: grouped
        ? groups.filter((group) => this.#can(and(where, hasGroup(group)), target))
        : undefined,
      namespaces: more.namespaces,
      rules: [this.#audited.rule.name],
    };
  }

  /** The least level at which nothing is missing; if there is none, as for a rule that wants to see a low level, the highest at which it fires. */
  #level(where: ConditionNode, target: TargetKind): Level {
    const condition = { resource: and(where, this.#usual.resource), path: and(where, this.#usual.path) };
    const can = (world: World): boolean => this.#audited.canHold(world, condition[target]);
    const possible = this.#worlds.filter((world) => world.target === target && can(world));
    const firing = LEVELS.slice(1).filter((level) => possible.every((world) => can(atLevel(world, level))));
    const whole = firing.find((level) => {
      const worlds = possible.map((world) => atLevel(world, level));
      return (
        emptyChecks(this.#audited, worlds, condition).length === 0 &&
        emptyOutput(this.#audited, worlds, condition).length === 0
      );
    });
    return whole ?? firing.at(-1) ?? 'RequestResponse';
  }

  #verbs(where: ConditionNode, target: TargetKind): readonly ByteString[] | undefined {
    const verbs = VERBS[target].filter((verb) => this.#can(and(where, isOneOf('/verb', [verb])), target));
    return verbs.length === VERBS[target].length ? undefined : verbs;
  }

  /** The only texts that may stand at a place, if there are such. */
  #only(
    pointer: Pointer,
    where: ConditionNode,
    target: TargetKind = 'resource',
  ): readonly ByteString[] | undefined {
    const texts = [...this.#audited.constantsAt(pointer), ''];
    if (texts.length === 1 || this.#can(and(where, not(isOneOf(pointer, texts))), target)) return undefined;
    const possible = texts.filter((text) => this.#can(and(where, isOneOf(pointer, [text])), target));
    // A policy names nobody by the empty name.
    return pointer === '/user/username' && possible.includes('') ? undefined : possible;
  }

  #can(where: ConditionNode, target: TargetKind = 'resource'): boolean {
    const here = and(where, this.#usual[target]);
    return this.#worlds.some((world) => world.target === target && this.#audited.canHold(world, here));
  }
}

const atLevel = (world: World, level: Level): World => ({ ...world, level, anyLevel: false });

const isAlike = (one: Need, other: Need | undefined): boolean =>
  other !== undefined &&
  one.level === other.level &&
  one.verbs === undefined &&
  one.namespaces === undefined &&
  String(one.users) === String(other.users) &&
  String(one.userGroups) === String(other.userGroups);
