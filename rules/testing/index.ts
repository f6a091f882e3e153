/** What other folders may use of the tests of rules. */
export * from './capture-case.ts';
export * from './explain.ts';
export * from './found-alert.ts';
export * from './judge.ts';
export { globTest, regexTest } from './pattern.ts';
export * from './problem.ts';
export * from './check-routing.ts';
export * from './read-test-file.ts';
export * from './result.ts';
export * from './routes.ts';
export { runAlertsCase } from './routing-case.ts';
export * from './run.ts';
export { testFileJsonSchema } from './schema.ts';
export * from './test-file.ts';
export * from './test-rules.ts';
export * from './check-cases.ts';
export * from './skeleton/index.ts';
export * from './update-outputs.ts';
