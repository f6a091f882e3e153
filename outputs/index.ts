/** What other folders may use of outputs. */
export * from './alert.ts';
export * from './alert-text.ts';
export * from './configured-output.ts';
export { KINDS, kindNamed } from './kinds/index.ts';
export * from './output.ts';
export * from './output-settings.ts';
export * from './secrets.ts';
export { parseDuration, parseRate, parseSize, type Rate } from './settings.ts';
export * from './template.ts';
export * from './text-alert.ts';
