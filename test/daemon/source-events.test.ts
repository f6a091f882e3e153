import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFalcoConfig, loadRunningRules, replayCapture } from '../../daemon/index.ts';
import { SourceEvents } from '../../daemon/source-events.ts';
import { fromBytes } from '../../engine/index.ts';
import { sourceNamed } from '../../sources/index.ts';

const RULE = `
- rule: Audited
  desc: d
  condition: ka.verb exists
  output: "%evt.num %evt.reltime %evt.hostname %evt.pluginname"
  priority: WARNING
  source: k8s_audit
`;

const event = (second: number): string =>
  JSON.stringify({
    kind: 'Event',
    auditID: 'a',
    verb: 'get',
    stageTimestamp: `2026-11-24T08:12:0${second}Z`,
  });

/** Of two events a second apart, on a host that is called `node-7`. */
const OUTPUTS = ['1 000000000 node-7 k8saudit', '2 1000000000 node-7 k8saudit'];

describe('events of a source have a number, a time since the first one, and the host that rules run on', () => {
  const { config } = loadFalcoConfig({ options: ['json_output=true', 'append_output=[]'] });
  let folder: string;
  let rules: NonNullable<Awaited<ReturnType<typeof loadRunningRules>>['rules']>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-source-events-'));
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, RULE);
    rules = (await loadRunningRules([file], config)).rules!;
  });
  after(() => rmSync(folder, { recursive: true }));

  const said = (output: unknown): string => String(output).replace(/^\S+ Warning /, '');

  it('in a replay', async () => {
    const file = join(folder, 'audit.json');
    writeFileSync(file, `${event(1)}\n${event(2)}\n`);
    const outputs: string[] = [];
    await replayCapture(file, {
      rules,
      config,
      hostname: 'node-7',
      onAlert: (_alert, line) =>
        outputs.push(said((JSON.parse(fromBytes(line)) as { output: unknown }).output)),
    });
    expect(outputs).to.deep.equal(OUTPUTS);
  });

  it('as they come', async () => {
    const format = {
      json: true,
      includeOutput: true,
      includeMessage: false,
      includeFields: true,
      includeTags: true,
      iso8601: false,
    };
    const events = new SourceEvents((await sourceNamed('k8s_audit'))!, { rules, format, hostname: 'node-7' });
    const outputs = [1, 2].flatMap((second) =>
      [...events.read(Buffer.from(event(second)), { input: 'audit', received: 1 })].flatMap((outcome) =>
        'alerts' in outcome ? outcome.alerts.map(({ output }) => said(output)) : [],
      ),
    );
    expect(outputs).to.deep.equal(OUTPUTS);
  });
});
