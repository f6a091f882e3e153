import { fromBytes, type ByteString } from '../engine/index.ts';
import { ERRORS, WARNINGS, type DeprecatedField, type ErrorCode, type WarningCode } from './codes.ts';
import type { Context, ContextJson } from './context.ts';
import type { Mark } from './yaml/node.ts';

/** The first error of a file; loading stops there. */
export class RuleError extends Error {
  readonly code: ErrorCode;
  readonly context: Context;
  /** The place, where Falco's context knows less. */
  readonly mark: Mark | undefined;
  /** `message` is a byte string. */
  constructor(code: ErrorCode, message: ByteString, context: Context, mark?: Mark) {
    super(message);
    this.name = 'RuleError';
    this.code = code;
    this.context = context;
    this.mark = mark;
  }
}

export interface RuleWarning {
  readonly code: WarningCode;
  readonly message: ByteString;
  readonly context: Context;
  readonly field?: DeprecatedField;
}

/** What loading one file gave. */
export class FileResult {
  readonly name: ByteString;
  /** The file as it was read. */
  readonly content: ByteString;
  readonly errors: RuleError[] = [];
  readonly warnings: RuleWarning[] = [];
  /** What the JSON schema says of each document: `ok`, or its complaints. Empty if nothing was checked. It never decides. */
  schema: readonly ByteString[] = [];

  constructor(name: ByteString, content: ByteString) {
    this.name = name;
    this.content = content;
  }

  get successful(): boolean {
    return this.errors.length === 0;
  }

  /** The schema speaks of the first document only. */
  get schemaValid(): boolean {
    return this.schema[0] === 'ok';
  }

  warn(code: WarningCode, message: ByteString, context: Context, field?: DeprecatedField): void {
    this.warnings.push({ code, message, context, ...(field && { field }) });
  }

  /** As an element of `falco_load_results`. */
  toJson(): FileResultJson {
    return {
      errors: this.errors.map(({ code, message, context }) => ({
        code,
        codedesc: ERRORS[code],
        context: context.toJson(this.content),
        message: fromBytes(message),
      })),
      name: fromBytes(this.name),
      ...(this.schema.length > 0 && {
        schema_valid: this.schemaValid,
        schema_warnings: this.schemaValid ? [] : this.schema.map(fromBytes),
      }),
      successful: this.successful,
      warnings: this.warnings.map(({ code, message, context, field }) => ({
        code,
        codedesc: WARNINGS[code].long,
        context: context.toJson(this.content),
        ...(field && { deprecated_field: field }),
        message: fromBytes(message),
      })),
    };
  }

  /** All that Falco prints of a file in words. A byte string. */
  toText(): ByteString {
    const verdict = this.successful ? (this.warnings.length > 0 ? 'Ok, with warnings' : 'Ok') : 'Invalid';
    let text = this.name === '' ? verdict : `${this.name}: ${verdict}`;
    if (this.schema.length > 0 && !this.schemaValid) {
      text += `\n${this.schema.length} Schema warnings:\n`;
      for (const complaint of this.schema) text += `------\n${complaint}\n`;
      text += '------\n';
    }
    const part = (context: Context): ByteString =>
      `${context.toText()}------\n${context.snippet(this.content)}------\n`;
    if (this.errors.length > 0) {
      text += `\n${this.errors.length} Errors:\n`;
      for (const { code, message, context } of this.errors)
        text += `${part(context)}${code} (${ERRORS[code]}): ${message}\n`;
    }
    if (this.warnings.length > 0) {
      text += `\n${this.warnings.length} Warnings:\n`;
      for (const { code, message, context, field } of this.warnings)
        text += `${part(context)}${code} (${WARNINGS[code].short}${field ? `: field '${field}'` : ''}): ${message}\n`;
    }
    return text;
  }
}

/** One file in Falco's `falco_load_results`. */
export interface FileResultJson {
  readonly errors: readonly ProblemJson[];
  readonly name: string;
  readonly schema_valid?: boolean;
  readonly schema_warnings?: readonly string[];
  readonly successful: boolean;
  readonly warnings: readonly ProblemJson[];
}

interface ProblemJson {
  readonly code: ErrorCode | WarningCode;
  readonly codedesc: string;
  readonly context: ContextJson;
  readonly deprecated_field?: string;
  readonly message: string;
}
