/**
 * The parser of conditions: recursive descent straight over the text, without a separate lexer, since what a word means depends on where it
 * stands (after `=` nearly anything is a value). It follows libsinsp's grammar production by production, because the place and the
 * wording of an error are part of what users compare with Falco.
 *
 *     Expr         ::= AndExpr ('or' (blank AndExpr | '(' Expr ')'))*
 *     AndExpr      ::= NotExpr ('and' (blank NotExpr | '(' Expr ')'))*
 *     NotExpr      ::= ('not' space)* ('not(' Expr ')' | Check)
 *     Check        ::= '(' Expr ')' | Operand Condition | Identifier
 *     Operand      ::= Field | Transformer
 *     Field        ::= FieldName ('[' (Quoted | BareArg) ']')?
 *     Transformer  ::= TransformerName '(' Arg (',' Arg)* ')' ('[' (Quoted | BareArg) ']')?
 *     Arg          ::= Number | Quoted | '(' (ListArg (',' ListArg)*)? ')' | Transformer | Field
 *     ListArg      ::= Field | Transformer | Quoted | Number
 *     Condition    ::= 'exists'
 *                    | NumberOp (RightSide | Number)
 *                    | StringOp Modifier (List | Identifier)
 *                    | StringOp (RightSide | Quoted | Bare)
 *                    | ListOp (List | RightSide | Identifier)
 *     RightSide    ::= 'val(' Field ')' ('[' … ']')? | Transformer
 *     List         ::= '(' ((Quoted | Bare) (',' (Quoted | Bare))*)? ')'
 *
 * A blank is a space, tab, backspace, line feed or carriage return; `space` also covers \v and \f. Word operators need a blank
 * behind them. Input and output are byte strings. Conditions over alerts have a few fields without a dot (`ParserOptions`).
 */
import type { ByteString } from '../bytes.ts';
import type {
  BinaryCheck,
  Expr,
  FieldExpr,
  ListExpr,
  ListOperator,
  Modifier,
  NumberOperator,
  Operand,
  Position,
  StringOperator,
  Transformer,
  TransformerArg,
  TransformerList,
  TransformerName,
  UnaryCheck,
  ValueExpr,
} from './ast.ts';

/**
 * A condition that is wrong: Falco's message, which ends at a NUL, and where the parser (or the checker) stood. Where nothing is before the NUL,
 * Falco says nothing; we say it all.
 */
export class ConditionError extends Error {
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message.replace(/\0[^]*/, '') || message.replaceAll('\0', '\\0'));
    this.name = 'ConditionError';
    this.position = position;
  }
}

const UNARY_OPERATORS = ['exists'] as const;
const NUMBER_OPERATORS: readonly NumberOperator[] = ['<=', '<', '>=', '>'];
const SYMBOL_OPERATORS: readonly StringOperator[] = ['==', '=', '!='];
const WORD_OPERATORS: readonly StringOperator[] = [
  'glob',
  'iglob',
  'contains',
  'icontains',
  'bcontains',
  'startswith',
  'bstartswith',
  'endswith',
  'regex',
];
const LIST_OPERATORS: readonly ListOperator[] = ['intersects', 'in', 'pmatch'];
const MODIFIERS: readonly Modifier[] = ['oneof', 'anyof', 'allof'];

/** All operators, in the order in which Falco lists them. */
export const OPERATORS: readonly string[] = [
  ...UNARY_OPERATORS,
  ...NUMBER_OPERATORS,
  ...SYMBOL_OPERATORS,
  ...WORD_OPERATORS,
  ...LIST_OPERATORS,
];

/** All transformers of fields, in the order in which Falco lists them. */
export const TRANSFORMERS: readonly TransformerName[] = [
  'tolower',
  'toupper',
  'b64',
  'basename',
  'len',
  'join',
  'concat',
  'getopt',
];

const TRANSFORMER_STARTS = TRANSFORMERS.map((name) => [name, `${name}(`] as const);

const quotedNames = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const RIGHT_SIDE_TRANSFORMERS = quotedNames(['val', ...TRANSFORMERS]);

// RE2 reads UTF-8: a byte that belongs to no character ends a token.
const MULTIBYTE =
  '[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|\\xed[\\x80-\\x9f][\\x80-\\xbf]' +
  '|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}|\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}';
const TOKEN = {
  notBlank: /not[ \t\n\v\f\r]+/y,
  identifier: /[a-zA-Z]+[a-zA-Z0-9_]*/y,
  fieldName: /[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+/y,
  bareArg: new RegExp(`(?:[^\\][\\x22\\x27 \\t\\n\\v\\f\\r\\x80-\\xff]|${MULTIBYTE})+`, 'y'),
  hexNumber: /0[xX][0-9a-fA-F]+/y,
  number: /[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y,
  bare: new RegExp(`(?:[^()\\x22\\x27 \\t\\n\\v\\f\\r=,\\x80-\\xff]|${MULTIBYTE})+`, 'y'),
} as const;

/** Falco 0.44.1 has no limit of nesting and crashes beyond some 10,000; this is ours, and that of later versions. */
const MAX_DEPTH = 1000;

const isBlank = (unit: number): boolean => unit === 32 || (unit >= 8 && unit <= 10) || unit === 13;
const isLetter = (unit: number): boolean => (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** What conditions may hold beyond Falco's language. */
export interface ParserOptions {
  /** Names without a dot that are fields, where Falco's are macros. Behind an order operator (`<=`) these take words, too: `priority >= warning`. */
  readonly plainFields?: ReadonlySet<string>;
}

/** Parses one condition. Throws a `ConditionError`. */
export function parse(text: ByteString, options: ParserOptions = {}): Expr {
  return new Parser(text, options).parse();
}

/** Parses the field or transformer that a text begins with, and tells where it ends. Throws a `ConditionError`. */
export function parseOperand(text: ByteString): { operand: Operand; end: number } {
  return new Parser(text).operand();
}

class Parser {
  readonly #text: ByteString;
  #index = 0;
  #line = 1;
  /** Index of the first byte of the current line. */
  #lineStart = 0;
  #token = '';
  #depth = 0;
  #lastPosition: Position = { index: 0, line: 1, column: 1 };
  readonly #plainFields: ReadonlySet<string> | undefined;

  constructor(text: ByteString, { plainFields }: ParserOptions = {}) {
    this.#text = text;
    this.#plainFields = plainFields;
  }

  parse(): Expr {
    if (this.#text === '') this.#fail('filter input string is empty');
    const expr = this.#or();
    if (this.#index !== this.#text.length)
      this.#fail(`unexpected token after '${this.#token}', expecting 'or', 'and'`);
    return expr;
  }

  operand(): { operand: Operand; end: number } {
    const position = this.#position();
    if (this.#fieldName()) return { operand: this.#field(position), end: this.#index };
    const transformer = this.#transformerName();
    if (transformer === undefined) this.#fail("unexpected token after '");
    this.#blank();
    return { operand: this.#transformer(transformer, position), end: this.#index };
  }

  #fail(message: string): never {
    throw new ConditionError(message, this.#position());
  }

  #position(): Position {
    // Most nodes begin where others do.
    if (this.#lastPosition.index !== this.#index)
      this.#lastPosition = {
        index: this.#index,
        line: this.#line,
        column: this.#index - this.#lineStart + 1,
      };
    return this.#lastPosition;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) this.#fail(`exceeded max depth limit of ${MAX_DEPTH}`);
  }

  // ---- productions

  #or(): Expr {
    this.#enter();
    const position = this.#position();
    this.#blank();
    const children = [this.#and()];
    this.#blank();
    while (this.#literal('or')) {
      if (this.#blank()) children.push(this.#and());
      else if (this.#literal('(')) children.push(this.#bracketed());
      else this.#fail("expected blank or '(' after 'or'");
      this.#blank();
    }
    this.#depth--;
    return children.length > 1 ? { kind: 'or', children, position } : children[0]!;
  }

  #and(): Expr {
    const position = this.#position();
    this.#blank();
    const children = [this.#not()];
    this.#blank();
    while (this.#literal('and')) {
      if (this.#blank()) children.push(this.#not());
      else if (this.#literal('(')) children.push(this.#bracketed());
      else this.#fail("expected blank or '(' after 'and'");
      this.#blank();
    }
    return children.length > 1 ? { kind: 'and', children, position } : children[0]!;
  }

  #not(): Expr {
    const position = this.#position();
    let negated = false;
    this.#blank();
    while (this.#match(TOKEN.notBlank)) negated = !negated;
    let child: Expr;
    if (this.#literal('not(')) {
      negated = !negated;
      child = this.#bracketed();
    } else {
      child = this.#check();
    }
    return negated ? { kind: 'not', child, position } : child;
  }

  /** The rest of a bracketed expression, after its `(`. */
  #bracketed(): Expr {
    this.#blank();
    const child = this.#or();
    this.#blank();
    if (!this.#literal(')')) this.#fail("expected a ')' token");
    return child;
  }

  #check(): Expr {
    const position = this.#position();
    this.#blank();
    if (this.#literal('(')) return this.#bracketed();
    if (this.#fieldName()) return this.#condition(this.#field(position), position);
    const transformer = this.#transformerName();
    if (transformer !== undefined) {
      this.#blank();
      return this.#condition(this.#transformer(transformer, position), position);
    }
    if (this.#match(TOKEN.identifier)) return { kind: 'identifier', name: this.#token, position };
    this.#fail("expected a '(' token, a field check, or an identifier");
  }

  /** The rest of a field, after its name. */
  #field(position: Position): FieldExpr {
    return { kind: 'field', name: this.#token, arg: this.#fieldArg(), position };
  }

  #fieldArg(): ByteString | undefined {
    if (!this.#literal('[')) return undefined;
    if (!this.#quoted() && !this.#match(TOKEN.bareArg))
      this.#fail('expected a valid field argument: a quoted string or a bare string');
    const arg = this.#token;
    if (!this.#literal(']')) this.#fail("expected a ']' token");
    return arg;
  }

  /** The rest of a transformer, after its `(`. */
  #transformer(name: TransformerName, position: Position): Transformer {
    this.#enter();
    this.#blank();
    const values: TransformerArg[] = [];
    do {
      values.push(this.#transformerArg());
      this.#blank();
    } while (this.#literal(','));
    if (!this.#literal(')')) this.#fail("expected a ')' token closing the transformer");
    this.#depth--;
    return { kind: 'transformer', name, values, arg: this.#fieldArg(), position };
  }

  #transformerArg(): TransformerArg {
    const position = this.#position();
    this.#blank();
    if (this.#numberToken() || this.#quoted()) return { kind: 'value', value: this.#token, position };
    if (this.#literal('(')) return this.#transformerList(position);
    const transformer = this.#transformerName();
    if (transformer !== undefined) return this.#transformer(transformer, position);
    if (this.#fieldName()) return this.#field(position);
    this.#fail(
      'expected field transformer argument: field, transformer, quoted string, number, or transformer list',
    );
  }

  /** The rest of a list within a transformer, after its `(`. */
  #transformerList(position: Position): TransformerList {
    const children: TransformerArg[] = [];
    this.#blank();
    if (this.#literal(')')) return { kind: 'transformer-list', children, position };
    do {
      this.#blank();
      children.push(this.#transformerListArg(position));
      this.#blank();
    } while (this.#literal(','));
    if (!this.#literal(')')) this.#fail("expected ')'");
    return { kind: 'transformer-list', children, position };
  }

  #transformerListArg(position: Position): TransformerArg {
    if (this.#fieldName()) return this.#field(position);
    const transformer = this.#transformerName();
    if (transformer !== undefined) {
      this.#blank();
      return this.#transformer(transformer, position);
    }
    if (this.#quoted() || this.#numberToken()) return { kind: 'value', value: this.#token, position };
    this.#fail('expected transformer list argument: field, transformer, quoted string, or number');
  }

  #condition(left: Operand, position: Position): UnaryCheck | BinaryCheck {
    this.#blank();
    if (this.#literal('exists')) return { kind: 'unary', left, op: 'exists', position };

    const numberOp = this.#oneOf(NUMBER_OPERATORS);
    if (numberOp !== undefined) return this.#binary(left, numberOp, this.#numberRight(left), position);

    const symbolOp = this.#oneOf(SYMBOL_OPERATORS);
    const stringOp = symbolOp ?? this.#wordOperator(WORD_OPERATORS);
    if (stringOp !== undefined) {
      // The blank behind a word operator has been read already.
      const blank = symbolOp === undefined || this.#blank();
      const before = this.#save();
      const modifier = blank ? this.#wordOperator(MODIFIERS) : undefined;
      if (modifier !== undefined && this.#listFollows() && !this.#booleanWordFollows())
        return { kind: 'binary', left, op: stringOp, modifier, right: this.#list(), position };
      this.#restore(before);
      return this.#binary(left, stringOp, this.#stringRight(), position);
    }

    const listOp = this.#oneOf(LIST_OPERATORS);
    if (listOp !== undefined) return this.#binary(left, listOp, this.#listRight(), position);

    this.#fail(`expected a valid check operator: one of ${quotedNames(OPERATORS)}`);
  }

  #binary(
    left: Operand,
    op: BinaryCheck['op'],
    right: BinaryCheck['right'],
    position: Position,
  ): BinaryCheck {
    return { kind: 'binary', left, op, modifier: undefined, right, position };
  }

  #numberRight(left: Operand): ValueExpr | Transformer {
    this.#blank();
    const position = this.#position();
    const transformer = this.#rightTransformer();
    if (transformer !== undefined) return transformer;
    const takesWord = left.kind === 'field' && this.#plainFields?.has(left.name) === true;
    if (this.#numberToken() || (takesWord && (this.#quoted() || this.#match(TOKEN.bare))))
      return { kind: 'value', value: this.#token, position };
    this.#fail(`expected a number value or a field with a valid transformer: ${RIGHT_SIDE_TRANSFORMERS}`);
  }

  #stringRight(): ValueExpr | Transformer {
    this.#blank();
    const position = this.#position();
    const transformer = this.#rightTransformer();
    if (transformer !== undefined) return transformer;
    if (this.#quoted() || this.#match(TOKEN.bare)) return { kind: 'value', value: this.#token, position };
    this.#fail(`expected a string value or a field with a valid transformer: ${RIGHT_SIDE_TRANSFORMERS}`);
  }

  #listRight(): ListExpr | ValueExpr | Transformer {
    this.#blank();
    const position = this.#position();
    const right = this.#bracketedList() ?? this.#rightTransformer();
    if (right !== undefined) return right;
    if (this.#match(TOKEN.identifier)) return { kind: 'value', value: this.#token, position };
    this.#fail(
      `expected a list, an identifier, or a field with a valid transformer: ${RIGHT_SIDE_TRANSFORMERS}`,
    );
  }

  /** What follows a modifier. */
  #list(): ListExpr | ValueExpr {
    this.#blank();
    const position = this.#position();
    const list = this.#bracketedList();
    if (list !== undefined) return list;
    if (this.#match(TOKEN.identifier)) return { kind: 'value', value: this.#token, position };
    this.#fail('expected a list or an identifier');
  }

  #bracketedList(): ListExpr | undefined {
    const position = this.#position();
    if (!this.#literal('(')) return undefined;
    const values: ByteString[] = [];
    // Whatever is wrong with the first value is reported as a missing bracket.
    let empty = false;
    try {
      values.push(this.#listItem());
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      empty = true;
    }
    if (!empty) {
      this.#blank();
      while (this.#literal(',')) {
        values.push(this.#listItem());
        this.#blank();
      }
    }
    if (!this.#literal(')')) this.#fail("expected a ')' token");
    return { kind: 'list', values, position };
  }

  #listItem(): ByteString {
    this.#blank();
    if (this.#quoted() || this.#match(TOKEN.bare)) return this.#token;
    this.#fail('expected a string value');
  }

  #rightTransformer(): Transformer | undefined {
    this.#blank();
    const position = this.#position();
    if (this.#literal('val(')) {
      this.#blank();
      const fieldPosition = this.#position();
      if (!this.#fieldName()) this.#fail("expected a field within 'val' transformer");
      const field = this.#field(fieldPosition);
      this.#blank();
      if (!this.#literal(')')) this.#fail("expected a ')' token closing the transformer");
      return { kind: 'transformer', name: 'val', values: [field], arg: this.#fieldArg(), position };
    }
    const transformer = this.#transformerName();
    if (transformer === undefined) return undefined;
    this.#blank();
    return this.#transformer(transformer, position);
  }

  // ---- tokens: each moves on and sets #token when it matches

  #save(): readonly [number, number, number, string] {
    return [this.#index, this.#line, this.#lineStart, this.#token];
  }

  #restore(saved: readonly [number, number, number, string]): void {
    [this.#index, this.#line, this.#lineStart, this.#token] = saved;
  }

  #advance(count: number): void {
    const end = this.#index + count;
    for (let i = this.#index; i < end; i++) {
      const unit = this.#text.charCodeAt(i);
      if (unit === 10 || unit === 13) {
        this.#line++;
        this.#lineStart = i + 1;
      }
    }
    this.#index = end;
  }

  /** Skips blanks; the only token that leaves #token alone. */
  #blank(): boolean {
    let end = this.#index;
    while (isBlank(this.#text.charCodeAt(end))) end++;
    if (end === this.#index) return false;
    this.#advance(end - this.#index);
    return true;
  }

  #literal(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#index)) return false;
    this.#token = literal;
    this.#advance(literal.length);
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#index;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.#token = found[0];
    this.#advance(found[0].length);
    return true;
  }

  #fieldName(): boolean {
    if (this.#match(TOKEN.fieldName)) return true;
    if (this.#plainFields === undefined) return false;
    const before = this.#save();
    if (this.#match(TOKEN.identifier) && this.#plainFields.has(this.#token)) return true;
    this.#restore(before);
    return false;
  }

  #oneOf<T extends string>(literals: readonly T[]): T | undefined {
    for (const literal of literals) if (this.#literal(literal)) return literal;
    return undefined;
  }

  /** A word with a blank behind it. */
  #wordOperator<T extends string>(words: readonly T[]): T | undefined {
    for (const word of words) {
      if (
        !this.#text.startsWith(word, this.#index) ||
        !isBlank(this.#text.charCodeAt(this.#index + word.length))
      )
        continue;
      this.#token = word;
      this.#advance(word.length);
      this.#blank();
      return word;
    }
    return undefined;
  }

  #transformerName(): TransformerName | undefined {
    for (const [name, start] of TRANSFORMER_STARTS) {
      if (!this.#literal(start)) continue;
      this.#token = name;
      return name;
    }
    return undefined;
  }

  #numberToken(): boolean {
    return this.#match(TOKEN.hexNumber) || this.#match(TOKEN.number);
  }

  #listFollows(): boolean {
    const unit = this.#text.charCodeAt(this.#index);
    return unit === 40 || isLetter(unit);
  }

  #booleanWordFollows(): boolean {
    return ['and', 'or', 'not'].some((word) => {
      const next = this.#text.charCodeAt(this.#index + word.length);
      return this.#text.startsWith(word, this.#index) && !isLetter(next) && !isDigit(next);
    });
  }

  /** A quoted string; the token is its unescaped content. */
  #quoted(): boolean {
    const quote = this.#text[this.#index];
    if (quote !== '"' && quote !== "'") return false;
    let end = this.#index + 1;
    for (; ; end++) {
      const unit = this.#text[end];
      // Text ends where C's does.
      if (unit === undefined || unit === '\0') {
        // The characters passed over stand as the last token in messages.
        this.#token = this.#text.slice(this.#index, end);
        return false;
      }
      if (unit === quote && this.#text[end - 1] !== '\\') break;
    }
    const inner = this.#text.slice(this.#index + 1, end);
    this.#token = this.#text.slice(this.#index, end + 1);
    this.#advance(end + 1 - this.#index);
    this.#token = this.#unescape(inner, quote);
    return true;
  }

  #unescape(inner: ByteString, quote: string): ByteString {
    if (!inner.includes('\\')) return inner;
    let text = '';
    for (let i = 0; i < inner.length; i++) {
      if (inner[i] !== '\\') {
        text += inner[i];
        continue;
      }
      const escaped = inner[++i];
      if (escaped === undefined) break;
      if (escaped === '"' || escaped === "'") {
        if (escaped !== quote) this.#fail(`invalid \\${escaped} escape in ${quote}-quoted string`);
        text += escaped;
        continue;
      }
      const meaning = ESCAPES[escaped];
      if (meaning === undefined) this.#fail(`unsupported string escape sequence: \\${escaped}`);
      text += meaning;
    }
    return text;
  }
}

/** What follows a backslash, and what it means. A blank gives a backslash: Falco keeps it so for old rules. */
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  ' ': '\\',
  '\\': '\\',
  '/': '/',
};
