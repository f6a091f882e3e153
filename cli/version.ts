import packageJson from '../package.json' with { type: 'json' };

/** The version of tiercel. */
export const VERSION: string = packageJson.version;
