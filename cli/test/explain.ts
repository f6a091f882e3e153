/** Why rules came to their results at the events of a case, and which way alerts went. */
import type { ExplainRoutes } from '../../daemon/index.ts';
import type { Explain } from '../../rules/index.ts';
import type { Layout } from '../columns.ts';
import { decisionJson } from '../decision-json.ts';
import { renderDecision } from '../decision-text.ts';
import { renderTrialTree, trialJson } from '../routes-text.ts';

/** Explains with a tree of decisions. `full`: with every macro opened. */
export const explainer =
  (layout: Layout, full: boolean): Explain =>
  ({ rule, decision, asked, before }) => ({
    text: [
      ...(asked ? [] : ['the rule is not asked at events of this type']),
      ...before.map((name) => `the condition holds, and the rule "${name}" came first`),
      renderDecision(decision, layout, { full, rule }),
    ].join('\n'),
    json: { ...(JSON.parse(decisionJson({ rule, decision, asked })) as object), before },
  });

/** Explains with the tree of routes: whether each took the alert, and why. */
export const routesExplainer =
  (layout: Layout): ExplainRoutes =>
  (trial) => ({
    text: renderTrialTree(trial, layout, false).trimEnd(),
    json: JSON.parse(trialJson(trial)) as unknown,
  });
