import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom: the table of docs/architecture.md. A folder is entered from outside only by its `index.ts`.
 */
const mayImport = {
  engine: [],
  rules: ['engine'],
  replay: ['engine'],
  sources: ['engine'],
  outputs: ['engine'],
  daemon: ['engine', 'rules', 'replay', 'sources', 'outputs'],
  cli: ['engine', 'rules', 'replay', 'sources', 'outputs', 'daemon'],
};
const folders = [...Object.keys(mayImport), 'test', 'bench', 'scripts'];

const layers = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...folders
            .filter((other) => other !== folder && !allowed.includes(other))
            .map((other) => ({
              regex: `^(\\.\\./)+${other}/`,
              message: `${folder}/ may import ${allowed.join(', ') || 'nothing of ours'} only (docs/architecture.md).`,
            })),
          ...allowed.map((other) => ({
            regex: `^(\\.\\./)+${other}/(?!index\\.ts$)`,
            message: `From outside, import ${other}/index.ts only.`,
          })),
          ...(folder === 'engine'
            ? [{ regex: '^node:', message: 'engine/ is pure and runs in a browser: no Node modules.' }]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'engine/tables/*.generated.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='zod'] > ImportSpecifier[imported.name='z']",
          message:
            "Write `import * as z from 'zod'`: the other form brings all its languages into the bundle.",
        },
      ],
    },
  },
  ...layers,
  {
    files: ['engine/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'require'] },
  },
  {
    files: ['scripts/**', 'bench/**', 'test/**'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
