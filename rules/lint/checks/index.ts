import type { LintCheck } from '../check.ts';
import { alwaysExists } from './always-exists.ts';
import { ancestorNotEqual } from './ancestor-not-equal.ts';
import { appendPrecedence } from './append-precedence.ts';
import { bracePattern } from './brace-pattern.ts';
import { containsSuffix } from './contains-suffix.ts';
import { duplicateKey } from './duplicate-key.ts';
import { duplicateListItem } from './duplicate-list-item.ts';
import { emptyDocument } from './empty-document.ts';
import { emptyPattern } from './empty-pattern.ts';
import { escapedBlank } from './escaped-blank.ts';
import { eventTypeOperator } from './event-type-operator.ts';
import { exceptionNeverApplies } from './exception-never-applies.ts';
import { exceptionSwallowsRule } from './exception-swallows-rule.ts';
import { expensiveFirst } from './expensive-first.ts';
import { falcoCrash } from './falco-crash.ts';
import { globAsText } from './glob-as-text.ts';
import { ignoredKey } from './ignored-key.ts';
import { impossibleValue } from './impossible-value.ts';
import { intersectsOneValue } from './intersects-one-value.ts';
import { listCycle } from './list-cycle.ts';
import { listInQuotes } from './list-in-quotes.ts';
import { listItemComma } from './list-item-comma.ts';
import { listNameAsValue } from './list-name-as-value.ts';
import { matchesEverything } from './matches-everything.ts';
import { missingField } from './missing-field.ts';
import { mitreTag } from './mitre-tag.ts';
import { modifierAsValue } from './modifier-as-value.ts';
import { modifierMeaning } from './modifier-meaning.ts';
import { nameTooLong } from './name-too-long.ts';
import { networkList } from './network-list.ts';
import { neverFires } from './never-fires.ts';
import { notMissing } from './not-missing.ts';
import { numberOutOfRange } from './number-out-of-range.ts';
import { oddSpace } from './odd-space.ts';
import { outputContext } from './output-context.ts';
import { outputDuplicate } from './output-duplicate.ts';
import { outputFieldTail } from './output-field-tail.ts';
import { outputMissingField } from './output-missing-field.ts';
import { overrideLost } from './override-lost.ts';
import { overrideMissing } from './override-missing.ts';
import { prioritySpelling } from './priority-spelling.ts';
import { redefinition } from './redefinition.ts';
import { regexAnchor } from './regex-anchor.ts';
import { regexQuantifier } from './regex-quantifier.ts';
import { shadowedRule } from './shadowed-rule.ts';
import { textOrder } from './text-order.ts';

/** All checks, in the order of the reference: whole rules, fields and values, patterns, lists, overrides and files, outputs and tags. */
export const checks: readonly LintCheck[] = [
  neverFires,
  matchesEverything,
  shadowedRule,
  exceptionNeverApplies,
  exceptionSwallowsRule,
  missingField,
  notMissing,
  alwaysExists,
  impossibleValue,
  nameTooLong,
  numberOutOfRange,
  textOrder,
  networkList,
  ancestorNotEqual,
  eventTypeOperator,
  globAsText,
  containsSuffix,
  emptyPattern,
  bracePattern,
  regexAnchor,
  regexQuantifier,
  modifierMeaning,
  modifierAsValue,
  intersectsOneValue,
  escapedBlank,
  oddSpace,
  expensiveFirst,
  falcoCrash,
  listNameAsValue,
  listInQuotes,
  listItemComma,
  listCycle,
  duplicateListItem,
  overrideMissing,
  overrideLost,
  redefinition,
  appendPrecedence,
  ignoredKey,
  duplicateKey,
  emptyDocument,
  outputContext,
  outputMissingField,
  outputFieldTail,
  outputDuplicate,
  mitreTag,
  prioritySpelling,
];
