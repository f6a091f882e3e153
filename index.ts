/** The library: what a program can do with tiercel without the command line. */
export * from './engine/index.ts';
