import type { Layout } from '../columns.ts';

/** The layout of text in files and logs. */
export const PLAIN: Layout = { width: 100, colour: false };

/** Control characters are shown, not handed on: XML and YAML allow none, and logs obey them. */
export const visible = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    /[\0-\x08\x0a-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (unit) => {
      const code = unit.charCodeAt(0);
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
