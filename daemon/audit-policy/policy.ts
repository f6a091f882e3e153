/** An audit policy of Kubernetes (audit.k8s.io/v1), as its API server understands it. */
import type { ByteString, SourcePlace } from '../../engine/index.ts';

/** How much is written of a request, in rising order. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof LEVELS)[number];

/** When, in the handling of a request, events are made. */
export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof STAGES)[number];

/** Whether a level writes everything that another does. */
export const isAtLeast = (level: Level, least: Level): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** The one of two levels that writes more. */
export const higherLevel = (one: Level, other: Level): Level => (isAtLeast(one, other) ? one : other);

/** Resources of one API group; '' is the core group. All lists may be empty, which leaves that open. */
export interface GroupResources {
  readonly group: ByteString;
  /** `pods`, `pods/log`, `pods/*`, `*\/scale`, `*`. */
  readonly resources: readonly ByteString[];
  readonly resourceNames: readonly ByteString[];
  /** Of each of `resources`. */
  readonly places: readonly SourcePlace[];
}

/** One rule of a policy. Lists that are empty restrict nothing. */
export interface PolicyRule {
  /** Counted from 1. */
  readonly number: number;
  readonly level: Level;
  readonly users: readonly ByteString[];
  readonly userGroups: readonly ByteString[];
  readonly verbs: readonly ByteString[];
  readonly resources: readonly GroupResources[];
  /** '' is for what is in no namespace. */
  readonly namespaces: readonly ByteString[];
  readonly nonResourceURLs: readonly ByteString[];
  /** Those of the whole policy included. */
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
  /** Where the rule begins. */
  readonly place: SourcePlace;
  /** Of its level. */
  readonly levelPlace: SourcePlace;
}

/** An audit policy that the API server would take. */
export interface AuditPolicy {
  readonly file: string;
  readonly rules: readonly PolicyRule[];
  /** For requests that no rule matches nothing is written, whatever this says. */
  readonly omitStages: ReadonlySet<Stage>;
}
