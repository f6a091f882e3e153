import { expect } from 'chai';
import { problemsOf } from './routing.ts';

/** What is wrong with the settings of one route, each as `path: message (hint)`. */
const told = (yaml: string): readonly string[] =>
  problemsOf(yaml, { outputs: ['slack-sec', 'archive'] }).map(
    ({ path, severity, message, hint, at, isKey }) =>
      `${severity} ${path.join('.')}${at ? `@${at.index}+${at.length}` : isKey ? '@key' : ''}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );

const FIELDS =
  'fields without a dot are rule, priority, source, hostname, tags, output, input; others of the alert are written output_fields';

describe('problems of routes', () => {
  const cases: readonly (readonly [title: string, yaml: string, ...expected: string[]])[] = [
    ['nothing', '{}'],
    [
      'an unknown key',
      'routes: [{mtach: rule = x}]',
      'error routes.0.mtach@key: there is no setting mtach here (did you mean match?)',
    ],
    [
      'an unknown key of a stage, below',
      'routes: [{routes: [{dedup: {window: 1s, bye: [rule]}}]}]',
      'error routes.0.routes.0.dedup.bye@key: there is no setting bye here (did you mean by?)',
    ],
    ['a list that is none', 'routes: x', 'error routes: expected a list, found "x"'],
    ['a route that is none', 'routes: [x]', 'error routes.0: expected a set of keys, found "x"'],
    ['what is missing', 'routes: [{dedup: {}}]', 'error routes.0.dedup.window: window is missing'],
    [
      'a span that is none',
      'routes: [{dedup: {window: soon}}]',
      'error routes.0.dedup.window: expected a time span such as 500ms, 10s, 5m, 1h30m or 7d, found "soon"',
    ],
    ['a group without keys', 'routes: [{group: {wait: 1s}}]', 'error routes.0.group.by: by is missing'],
    [
      'a group that is none',
      'routes: [{group: yes}]',
      'error routes.0.group: expected false or a set of keys, found "yes"',
    ],
    [
      'a priority that is none',
      'routes: [{set: {priority: high}}]',
      'error routes.0.set.priority: expected one of Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug, found "high"',
    ],
    [
      'an unknown output',
      'routes: [{outputs: [archive, slack-sex]}]',
      'error routes.0.outputs.1: there is no output slack-sex (did you mean slack-sec?)',
    ],
    [
      'an unknown default',
      'default: [x]',
      'error default.0: there is no output x (outputs are slack-sec, archive)',
    ],
    [
      'a misspelt field without a dot',
      'routes: [{match: "rule = x and prioritty = debug"}]',
      'error routes.0.match@13+9: there is no field prioritty (did you mean priority?)',
    ],
    [
      'an unknown name without a dot',
      'routes: [{match: "é_ = x"}]',
      "error routes.0.match@0+1: expected a '(' token, a field check, or an identifier",
    ],
    [
      'an unknown name where a macro could be',
      'routes: [{match: "rule = x and cluster"}]',
      `error routes.0.match@13+7: there is no field cluster (${FIELDS}[cluster])`,
    ],
    [
      'a misspelt priority',
      'routes: [{match: "priority >= waring"}]',
      "error routes.0.match@0+8: 'waring' is no priority: priorities are, from low to high, debug, informational, notice, warning, error, critical, alert, emergency (did you mean warning?)",
    ],
    [
      'a list compared as text',
      'routes: [{match: "rule = x and tags = y"}]',
      "error routes.0.match@13+4: '=' operator not supported list filters (write `tags intersects (a, b)`, or `tags in (a, b)`)",
    ],
    [
      'a condition that ends too early',
      'routes: [{match: "rule ="}]',
      "error routes.0.match@5+1: expected a string value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'",
    ],
    [
      'a field that is nearly one of Falco',
      'routes: [{match: "rule = x and k8s.ns.nme = y"}]',
      "warning routes.0.match@13+10: Falco has no field k8s.ns.nme: it is taken for one of the alert's own (did you mean k8s.ns.name?)",
    ],
    [
      'fields of plug-ins',
      'routes: [{match: "ka.user.name = x and ct.name = y and json.value[/a] = z and github.user = u and k8s.node.name = v and k8s.job.name = w"}]',
    ],
    [
      'a key that is nearly a field',
      'routes: [{group: {by: [rule, proc.nam, cluster, id]}}]',
      "warning routes.0.group.by.1: Falco has no field proc.nam: it is taken for one of the alert's own (did you mean proc.name?)",
    ],
    [
      'a route behind one that takes all',
      'routes: [{outputs: [archive]}, {match: rule = x}]',
      'warning routes.0: this route takes all alerts: those behind it are never asked (give it a condition (`match`), `continue: true`, or the last place)',
    ],
    ['a route behind one that takes all and continues', 'routes: [{continue: true}, {match: rule = x}]'],
    [
      'a template that is wrong',
      "routes: [{template: 'x %('}]",
      'error routes.0.template@2+1: the name of a field was expected behind %, and "(" was found (a percent sign itself is written %%)',
    ],
    [
      'a silence that ends before it starts',
      'silences: [{starts: "2026-01-02T00:00Z", until: "2026-01-01T00:00Z"}]',
      'error silences.0.until: the silence ends before it starts',
    ],
    [
      'a time without a zone',
      'silences: [{until: "2026-01-02T00:00"}]',
      'error silences.0.until: expected a time with its zone such as 2026-01-31T18:00:00Z or 2026-01-31T18:00+01:00, found "2026-01-02T00:00"',
    ],
    [
      'two silences of one id',
      'silences: [{id: a}, {id: a}]',
      'error silences.1.id: there is another silence a',
    ],
    [
      'times that are none',
      'routes: [{mute: {days: mon-sub, hours: "25:00-26:00", zone: Berlin}}]',
      'error routes.0.mute.days: expected days such as mon, or mon-fri (mon, tue, wed, thu, fri, sat, sun), found "mon-sub"',
      'error routes.0.mute.hours: expected hours such as 08:00-18:00, found "25:00-26:00"',
      'error routes.0.mute.zone: expected the name of a time zone such as Europe/Berlin or UTC',
    ],
    [
      'conditions of inhibitions',
      'routes: [{inhibit: [{source: rul = x, target: "tags = y"}]}]',
      'error routes.0.inhibit.0.source@0+3: there is no field rul (did you mean rule?)',
      "error routes.0.inhibit.0.target@0+4: '=' operator not supported list filters (write `tags intersects (a, b)`, or `tags in (a, b)`)",
    ],
  ];
  for (const [title, yaml, ...expected] of cases) it(title, () => expect(told(yaml)).to.deep.equal(expected));
});
