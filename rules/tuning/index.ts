/** Alerts that nobody wants: what tells them apart, and local rules that silence them. */
export { STABLE_FIELDS, tuningFields, type TuningFields } from './distinguishing.ts';
export { groupAlerts, type AlertGroup } from './groups.ts';
export { declaredExceptions, exceptionFile, hookFile, hooksOf } from './local-rules.ts';
export { proposeExceptions, type ProposedException } from './propose.ts';
export { subjectsOf } from './subjects.ts';
