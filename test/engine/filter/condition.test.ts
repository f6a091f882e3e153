import { expect } from 'chai';
import { toBytes } from '../../../engine/bytes.ts';
import type { Extracted } from '../../../engine/fields/define.ts';
import { bindField } from '../../../engine/fields/index.ts';
import { compileCondition } from '../../../engine/filter/condition.ts';
import { ConditionError, parse } from '../../../engine/filter/parser.ts';
import { evaluate } from '../../../engine/filter/trace.ts';
import { fakeEvent, fakeField } from './fake-fields.ts';

const LARGE = 18446744073709551615n;
const LOOPBACK = 0x7f000001;
const LOOPBACK6 = `${'\0'.repeat(15)}\x01`;

/** Field, value, conditions that are true of it (`_` stands for the field), conditions that are false. */
const TABLE: readonly [field: string, value: Extracted, yes: string[], no: string[]][] = [
  ['text', 'abc', ['_ = abc', '_ == abc', '_ != ab', '_ exists', '_ startswith ab', '_ endswith bc', '_ contains b'], ['_ = ab', '_ != abc', '_ startswith b', '_ endswith b', '_ contains d']],
  ['text', 'abc', ['_ icontains BC', '_ glob a?c', '_ iglob A*', '_ regex "a.c"', '_ in (x, abc)', '_ intersects (abc)', '_ pmatch (abc)'], ['_ icontains D', '_ glob a', '_ iglob b*', '_ regex b', '_ in (x)', '_ in ()', '_ intersects (x)', '_ pmatch (ab)', '_ pmatch ()']],
  ['text', 'abc', ['_ > 5', '_ >= 5'], ['_ < 5', '_ <= 5']],
  ['text', '', ['_ = ""', '_ startswith ""', '_ contains ""', '_ endswith ""', '_ glob ""', '_ regex ""', '_ in ("")', '_ exists'], ['_ = a', '_ glob "?"']],
  ['text', 'a/b/c', ['_ = anyof (x, a/b/c)', '_ != allof (x, y)', '_ startswith oneof (a, b)', '_ contains allof (a, b)', '_ != oneof (a/b/c, x)', '_ regex anyof ("a.*", z)'], ['_ = oneof (a/b/c, a/b/c)', '_ startswith oneof (a, a/)', '_ = allof (a/b/c, x)', '_ = anyof ()', '_ != allof ()', '_ contains anyof (x, y)']],
  // Falco's text ends at its first NUL, except in sets and patterns, which only lose the NULs at the end.
  ['text', 'ab\0cd', ['_ = ab', '_ endswith b', '_ startswith ab', '_ glob a?'], ['_ contains c', '_ in (ab)', '_ regex ab', '_ endswith cd', '_ != ab']],
  ['text', 'ab\0\0', ['_ in (ab)', '_ regex ab', '_ = ab', '_ pmatch (ab)'], ['_ in ("")']],
  ['text', undefined, [], ['_ = ""', '_ != x', '_ exists', '_ glob "*"', '_ in ()', 'not _ exists and _ = x']],
  ['bytes', 'a\0b', ['_ contains b', '_ bcontains 0062', '_ bstartswith 6100', '_ startswith a', '_ endswith b', '_ != a'], ['_ = a', '_ in (a)', '_ bcontains 63', '_ bstartswith 62']],
  ['flag', true, ['_ = true', '_ != false', '_ in (true)', '_ exists', '_ = anyof (true, false)'], ['_ = false', '_ in (false)', '_ != true']],
  ['signed', -2, ['_ = -2', '_ < 0', '_ >= -2', '_ in (1, -2)', '_ != 2', '_ = 18446744073709551614 or _ = -2'], ['_ > 0', '_ = 2', '_ in (2)']],
  ['signed', -9223372036854775808n, ['_ = -9223372036854775808', '_ = -99999999999999999999', '_ < -9007199254740993'], ['_ > 0', '_ = -9223372036854775807']],
  ['count', LARGE, ['_ = -1', '_ = 99999999999999999999', '_ > 5', '_ in (18446744073709551615)', '_ > 18446744073709551614'], ['_ < -1', '_ != -1', '_ = 0']],
  ['id', 4294967295, ['_ = -1', '_ = 4294967295', '_ = 18446744073709551615'], ['_ = 4294967294', '_ < 0']],
  ['port', 80, ['_ = 80', '_ = http', '_ = 65616', '_ in (http, 1)', '_ < 443', '_ = oneof (80, 81)'], ['_ = ""', '_ = https', '_ > 80']],
  ['ip', LOOPBACK, ['_ = 127.0.0.1', '_ != ::1', '_ in (::1, 127.0.0.1)', '_ = anyof (127.0.0.1)'], ['_ = ::1', '_ in (::1)', '_ != 127.0.0.1', '_ in (::ffff:7f00:1)']],
  ['ip', LOOPBACK6, ['_ = ::1', '_ != 127.0.0.1', '_ = 0:0:0:0:0:0:0:1'], ['_ = 127.0.0.1', '_ = ::2']],
  ['net', LOOPBACK, ['_ = 127.0.0.0/8', '_ = 127.9.9.9/8', '_ in (10.0.0.0/8, 127.0.0.0/8)', '_ = 0.0.0.0/0', '_ != ::1/128', '_ = 127.0.0.1/32', '_ = 1.1.1.1/256', '_ = oneof (127.0.0.0/8, 10.0.0.0/8)'], ['_ = ::1/128', '_ != 127.0.0.0/8', '_ = 127.0.0.2/32', '_ = anyof (127.0.0.0/8)']],
  ['net', LOOPBACK, ['_ != allof (127.0.0.0/8)'], []],
  // Modifiers: `= anyof` and `!= allof` ask a set, the others count the constants that hold.
  ['signed', 3, ['_ = anyof (1, 3)', '_ != allof (1, 2)', '_ = oneof (3, 4)', '_ != anyof (3, 4)', '_ != oneof (3, 4)', '_ = allof (3, 3)'], ['_ = anyof (1, 2)', '_ != allof (3, 4)', '_ = oneof (3, 3)', '_ != anyof (3, 3)', '_ != oneof (4, 5)', '_ = allof (3, 4)', '_ = allof ()', '_ != anyof ()']],
  ['ip', LOOPBACK, ['_ = oneof (127.0.0.1, ::1)', '_ != allof (10.0.0.1, ::1)', '_ != anyof (127.0.0.1, ::1)', '_ = allof (127.0.0.1)', '_ intersects (127.0.0.1)'], ['_ = anyof (10.0.0.1, ::1)', '_ != allof (127.0.0.1)', '_ = oneof (127.0.0.1, 127.0.0.1)']],
  ['net', LOOPBACK6, ['_ = oneof (::/64, 10.0.0.0/8)', '_ != anyof (::/64, 10.0.0.0/8)', '_ intersects (::/64)', '_ = ::/128 or _ = ::1/127'], ['_ = allof (::/64, 10.0.0.0/8)', '_ in ()', '_ != ::/64']],
  ['bytes', 'a\0b', ['_ startswith anyof (b, a)', '_ contains allof (a, b)', '_ endswith oneof (a, b)', '_ intersects (x, y) or _ exists', '_ != allof (a, b)', '_ contains ""', '_ bcontains ""'], ['_ = anyof (a, b)', '_ contains allof (a, x)', '_ startswith oneof (a, "")', '_ endswith "a"']],
  ['flag', false, ['_ = false', '_ != allof (true)', '_ = oneof (true, false)', '_ intersects (false)'], ['_ = true', '_ != false', '_ = allof (true, false)']],
  ['text', 'abc', ['_ glob anyof ("x*", "a*")', '_ iglob allof ("A*", "*C")', '_ icontains oneof (X, B)', '_ regex allof ("a.*", ".*c")', '_ == oneof (abc, x)', '_ != anyof (abc, x)'], ['_ glob oneof ("a*", "*c")', '_ regex oneof ("a.*", ".*c")', '_ endswith allof (c, b)', '_ != anyof (abc, abc)', '_ regex anyof ()']],
  // `<` compares texts byte by byte with the number as it is written.
  ['text', '10', ['_ > 1', '_ < 2', '_ >= 10', '_ <= 10'], ['_ > 9', '_ < 1']],
  ['net', LOOPBACK6, ['_ = ::1/128', '_ = ::/1', '_ = ::3/126', '_ in (::/64)'], ['_ = ::2/128', '_ = 127.0.0.0/8', '_ = ::8/125']],
  ['texts', ['a', 'b'], ['_ in (a, b, c)', '_ intersects (b, z)', '_ exists', 'len(_) = 2', 'join(",", _) = "a,b"'], ['_ in (a)', '_ intersects (z)', '_ in ()', 'toupper(_) intersects (A)']],
  ['texts', [], ['_ in (a)', '_ in ()', '_ exists', 'toupper(_) in ()', 'len(_) = 0'], ['_ intersects (a)', '_ intersects ()']],
  ['text', '/usr/bin/Cat', ['tolower(_) = /usr/bin/cat', 'basename(_) = Cat', 'len(_) = 12', 'toupper(basename(_)) in (CAT)', 'concat(_, "!") endswith "t!"', 'tolower(_) regex ".*cat"', 'concat(_, len(_)) contains "\f"'], ['tolower(_) = Cat', 'basename(_) contains /', 'b64(_) = Cat']],
  // In lists, numbers that Falco does not print stand as their bytes.
  ['text', 'a', ['join(",", (_, len(_))) = "a,\x01"', 'toupper((_, len(_))) exists'], ['join(",", (_, len(_))) = "a,1"']],
  ['text', 'YWJj', ['b64(_) = abc', 'len(b64(_)) = 3', 'b64(_) in (abc)'], ['b64(_) = YWJj']],
  ['bytes', 'YWJj', ['b64(_) startswith abc', 'len(b64(_)) = 4'], ['b64(_) = abc']],
]; // prettier-ignore

const holds = (condition: string, event: ReturnType<typeof fakeEvent>): boolean =>
  evaluate(compileCondition(parse(condition), fakeField).tree, event);

const describeValue = (value: Extracted): string =>
  typeof value === 'bigint' ? String(value) : JSON.stringify(value);

describe('checks', () => {
  for (const [field, value, yes, no] of TABLE)
    for (const [conditions, expected] of [
      [yes, true],
      [no, false],
    ] as const)
      for (const condition of conditions)
        it(`${field} ${describeValue(value)}: ${condition} is ${expected}`, () => {
          const written = condition.replaceAll('_', `fake.${field}`);
          expect(holds(written, fakeEvent({ [field]: value }))).to.equal(expected);
        });

  it('compares two fields of one type', () => {
    const event = fakeEvent({ text: 'abc', name: 'bc', path: 'a*', signed: 3, texts: ['a'] });
    for (const condition of [
      'fake.text contains val(fake.name)',
      'fake.text endswith val(fake.name)',
      'fake.text glob val(fake.path)',
      'fake.text != val(fake.name)',
      'fake.text in val(fake.text)',
      'fake.text = tolower(fake.text)',
      'fake.texts in val(fake.texts)',
      'len(fake.text) = len(fake.text)',
    ])
      expect(holds(condition, event), condition).to.equal(true);
    for (const condition of [
      'fake.text = val(fake.name)',
      'fake.text < val(fake.path)',
      // The copy that a transformer makes carries a NUL, which a set does not forgive.
      'fake.text in tolower(fake.text)',
    ])
      expect(holds(condition, event), condition).to.equal(false);
    expect(holds('fake.text != val(fake.name)', fakeEvent({ text: 'a' }))).to.equal(false);
  });

  it('reads options', () => {
    const event = fakeEvent({ texts: ['-ab', '-n5', '-q', '-n', '6', 'x', '-a'] });
    for (const condition of [
      'getopt(fake.texts, "an:")[n] = 6',
      'getopt(fake.texts, "an:") intersects ("?")',
      'getopt(fake.texts, "an:") in (a, "?", n, 5, 6)',
      'getopt(fake.texts, "an:")[a] = a',
      'getopt(("-n"), "n:")[n] = ""',
      // Falco measures the first of the options.
      'len(getopt(fake.texts, "an:")) = 1',
    ])
      expect(holds(condition, event), condition).to.equal(true);
    expect(holds('getopt(fake.texts, "an:")[b] exists', event)).to.equal(false);
  });

  // Of constants and fields; what is not there makes the whole thing missing.
  const MADE_OF_SEVERAL: readonly [yes: boolean, condition: string][] = [
    [true, 'join("-", ("a", "b")) = a-b'],
    [true, 'join("", ("a", "b")) = ab'],
    [true, 'join("-", ("a")) = a'],
    [true, 'join("-", ()) = ""'],
    [true, 'join(fake.name, (fake.text, 5, fake.count)) = Abbc5bc7'],
    [true, 'join("/", (toupper(fake.text), "x")) = AB/x'],
    [true, 'toupper(join("-", ("a", "b"))) = A-B'],
    [true, 'len(join("--", fake.texts)) = 5'],
    [true, 'b64(join("W", ("YWFhL", "JiYg"))) = aaa-bbb'],
    [true, 'basename(join("/", ("a", fake.text))) = Ab'],
    [false, 'join("-", (fake.path, "a")) exists'],
    [true, 'concat("a", fake.text, "c") = aAbc'],
    [true, 'concat(tolower(fake.text), basename("x/y")) = aby'],
    [true, 'concat(fake.text, fake.name) startswith Ab'],
    [false, 'concat("a", fake.path) != x'],
    [true, 'tolower(concat(fake.text, "B")) in (abb)'],
    [true, 'len(fake.texts) = 2'],
    [true, 'len("") = 0'],
    [true, 'basename("/") = ""'],
    [true, 'basename("a") = a'],
    [true, 'b64("") = ""'],
    [true, 'b64("YQ") = a'],
    [true, 'b64("YQ==") = a'],
    [false, 'b64("YQ=a") exists'],
    [false, 'b64("Y") exists'],
    [false, 'b64("YR==") exists'],
    [false, 'b64("Y-_=") exists'],
    [true, 'toupper("aé1Z") = "Aé1Z"'],
    [true, 'getopt(("-lpe", "/bin/sh"), "lpe:") in (l, p, e, "/bin/sh")'],
    [true, 'getopt(("-lpe", "x"), "lp:e:") in (l, p, e)'],
    [false, 'getopt(("-n", "--", "-t"), "nt") intersects (t)'],
    [true, 'getopt(("-n", "--long", "-t"), "nt") intersects (t)'],
    [false, 'getopt(("-n", "word", "-t"), "nt") intersects (t)'],
    [false, 'getopt(("-", "-n"), "n") intersects (n)'],
    [true, 'getopt(("-:"), ":") intersects ("?")'],
    [true, 'getopt(("-t", "-v"), "t:v") in (t, "-v")'],
    [true, 'getopt(("-t", "a", "-tb"), "t:")[t] = b'],
    [true, 'getopt(("-v"), "v")[v] = v'],
    [false, 'getopt(("-v"), "v")[x] != y'],
    [true, 'getopt((), "v") in ()'],
  ];
  for (const [yes, condition] of MADE_OF_SEVERAL)
    it(`${condition} is ${yes}`, () => {
      const event = fakeEvent({ text: 'Ab', name: 'bc', count: 7, texts: ['a', 'bc'] });
      expect(holds(toBytes(condition), event)).to.equal(yes);
    });

  const ERRORS: readonly [condition: string, message: string, index: number][] = [
    ['fake.flag = true and fake.signed contains 5', "filter error: 'contains' operator not supported for numeric filters", 21],
    ['fake.none = 5', 'filter_check called with nonexistent field fake.none', 0],
    ['fake.texts = a', "filter error: '=' operator not supported list filters", 0],
    ['fake.text = len(fake.text)', "field 'fake.text' has type 'CHARBUF' while the right-hand side field 'fake.text' has incompatible type 'UINT64'", 0],
    ['fake.text = val(fake.texts)', "field 'fake.text' has type 'CHARBUF' while the right-hand side field 'fake.texts' has incompatible type 'CHARBUF (list)'", 0],
    ['fake.port = 99999999999', '99999999999 is not a valid port number', 0],
    ['tolower(fake.text, fake.text) = a', "transformer 'tolower' takes one argument", 0],
    ['getopt(fake.texts, "n")[nn] = 1', 'getopt() field argument must be a single option character', 0],
    ['join(",", fake.texts)[1] = 1', "transformer 'join' does not support field arguments", 0],
    [`fake.bytes = ${'x'.repeat(256)}`, 'filter parameter too long (byte buf)', 0],
    ['fake.text regex anyof (a, "[z-a]")', 'invalid regex pattern: invalid character class range: z-a', 0],
    ['fake.text regex "[a-b-c]"', 'invalid regex pattern: invalid character class range: -c', 0],
    ['macro', "filter error: unexpected identifier 'macro'", 0],
  ]; // prettier-ignore
  for (const [condition, message, index] of ERRORS)
    it(`refuses ${condition.slice(0, 40)}`, () => {
      const error = (() => {
        try {
          compileCondition(parse(condition), fakeField);
        } catch (caught) {
          return caught;
        }
      })();
      expect(error).to.be.instanceOf(ConditionError);
      expect((error as ConditionError).message).to.equal(message);
      expect((error as ConditionError).position.index).to.equal(index);
    });

  it('warns of fields, transformers and patterns that were written as text', () => {
    const warnings = (condition: string) =>
      compileCondition(parse(condition), fakeField).warnings.map(({ message }) => message);
    expect(warnings('fake.text in (fake.name, x)')).to.deep.equal([
      "'fake.name' may be a valid field misused as a const string value",
    ]);
    expect(warnings('fake.text = "tolower(fake.name)"')).to.deep.equal([
      "'tolower(fake.name)' may be a valid field transformer misused as a const string value",
    ]);
    expect(warnings('fake.text regex ".*abc$"')).to.deep.equal([
      "regex check with '.*abc$' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'",
    ]);
    expect(warnings('fake.text regex "a.*c"')).to.deep.equal([]);
  });

  it('binds a part that conditions share once, and tells its warnings with each of them', () => {
    const macro = parse('fake.text in (fake.name, x)');
    const conditions = ['fake.flag = true', 'fake.flag = false'].map((text) => {
      const other = parse(text);
      const expr = { kind: 'and', children: [macro, other], position: other.position } as const;
      return compileCondition(expr, fakeField);
    });
    const shared = conditions.map(({ tree }) => (tree.kind === 'and' ? tree.children[0] : undefined));
    expect(shared[0]).to.be.an('object').and.equal(shared[1]);
    for (const { warnings } of conditions) expect(warnings).to.have.length(1);
    expect(conditions[0]!.tree).not.to.equal(conditions[1]!.tree);
  });

  it('reads what changes when it is read once for each condition', () => {
    const macro = parse('evt.deltatime > 5 and evt.type = open');
    const [one, other] = [compileCondition(macro, bindField), compileCondition(macro, bindField)];
    expect(one.tree).not.to.equal(other.tree);
  });
});
