import { expect } from 'chai';
import { slack } from '../../../outputs/kinds/slack.ts';
import { ScriptedServer } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

interface Payload {
  readonly text: string;
  readonly channel?: string;
  readonly attachments?: readonly [{ readonly color: string; readonly blocks: readonly Block[] }];
}
interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly text: string }[];
}

describe('slack', () => {
  let server: ScriptedServer;
  let output: OpenOutput | undefined;
  const open = async (settings: object = {}) =>
    (output = await OpenOutput.open(
      slack,
      { webhook_url: `${server.url}/services/T/B/secret`, ...settings },
      { secrets: ['/services/T/B/secret'] },
    ));
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(async () => {
    await output?.close();
    output = undefined;
    await server.stop();
  });
  const sent = (): Payload[] => server.requests.map(({ body }) => JSON.parse(body) as Payload);
  const blocks = (index = 0): readonly Block[] => sent()[index]!.attachments![0].blocks;

  it('posts blocks: title, text, fields of every type, where it comes from', async () => {
    const fields = { 'proc.name': 'cat', 'fd.num': 3, ok: true, none: null, list: ['a', 'b'] };
    await (await open({ channel: '#sec', username: 'Falco' })).send([alert({ output_fields: fields })]);
    expect(server.requests[0]).to.deep.include({ method: 'POST', path: '/services/T/B/secret' });
    expect(sent()[0]).to.deep.include({ channel: '#sec', username: 'Falco', text: 'Warning: Read shadow' });
    expect(sent()[0]!.attachments![0].color).to.equal('#f9a825');
    const [title, text, shown, context] = blocks();
    expect(title!.text!.text).to.equal('*Warning* · *Read shadow*');
    expect(text!.text!.text).to.equal('12:34:56.123456789: Warning Shadow read (user=root)');
    expect(shown!.fields!.map((field) => field.text)).to.deep.equal([
      '*proc.name*\ncat',
      '*fd.num*\n3',
      '*ok*\ntrue',
      '*list*\n(a,b)',
    ]);
    expect(context!.elements![0]!.text).to.equal(
      '2026-01-31T12:34:56.123456789Z · syscall · node-1 · file T1003',
    );
  });

  it('lets nothing of an alert become a link or a mention', async () => {
    const hostile = '<!channel> & <http://evil|click>';
    await (
      await open()
    ).send([alert({ rule: hostile, output: hostile, hostname: hostile, output_fields: { a: hostile } })]);
    expect(server.requests[0]!.body).not.to.match(/[<>]/);
  });

  it('posts a template as text, and routes choose channel and layout', async () => {
    await open({ template: '<!here> %rule' });
    await output!.send([alert({ rule: 'a & b' })], { settings: { channel: '#other', layout: 'text' } });
    expect(sent()[0]).to.deep.equal({ channel: '#other', text: '<!here> a &amp; b' });
  });

  it('shows no more fields and no longer texts than Slack takes', async () => {
    const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, '&'.repeat(5000)]));
    await (
      await open()
    ).send([alert({ rule: '&'.repeat(5000), output: '&'.repeat(9000), output_fields: fields })]);
    for (const block of blocks()) {
      expect(block.text?.text.length ?? 0).to.be.at.most(3000);
      expect(block.fields?.length ?? 0).to.be.at.most(10);
      for (const { text } of [...(block.fields ?? []), ...(block.elements ?? [])])
        expect(text.length).to.be.at.most(2000);
    }
  });

  it('makes one message of a group, and one of each other alert', async () => {
    await open();
    const group = Array.from({ length: 12 }, (_, i) =>
      alert({ rule: 'g', priority: i === 5 ? 'Critical' : 'Notice', output: `n${i}` }),
    );
    const grouped = group.map((one) => output!.delivery(one, { group: 'k' }));
    const alone = output!.delivery(alert({ rule: 'alone' }));
    await output!.deliver([grouped[0]!, alone, ...grouped.slice(1)]);
    expect(sent().map(({ text }) => text)).to.deep.equal(['Critical: 12 alerts: g', 'Warning: alone']);
    expect(blocks().map((block) => block.text?.text))
      .to.include('n9')
      .and.to.include('… and 2 more')
      .and.not.to.include('n10');
  });

  it('names the alerts that were not sent', async () => {
    await open();
    const batch = ['a', 'b', 'c'].map((group) => output!.delivery(alert({ rule: group }), { group }));
    server.script.push({ status: 200, body: 'ok' }, { status: 429, headers: { 'retry-after': '3' } });
    expect(await failureOf(output!.deliver([batch[0]!, batch[1]!, batch[0]!, batch[2]!]))).to.deep.include({
      retry: true,
      reason: 'rate_limited',
      after: 3000,
      failed: [1, 3],
    });
  });

  const failures: readonly [number, string, object][] = [
    [400, 'invalid_payload', { retry: false, reason: 'poison' }],
    [403, 'action_prohibited', { retry: true, reason: 'auth' }],
    [404, 'channel_not_found', { retry: true, reason: 'client' }],
    [410, 'channel_is_archived', { retry: true, reason: 'client' }],
    [500, 'rollup_error', { retry: true, reason: 'server' }],
  ];
  for (const [status, body, expected] of failures)
    it(`tells what ${status} ${body} means, without the address`, async () => {
      await open();
      server.script.push({ status, body: `${body} for ${server.url}/services/T/B/secret` });
      const failure = await failureOf(output!.send([alert()]));
      expect(failure).to.deep.include(expected);
      expect(failure.message).to.include(body).and.not.to.include('secret');
      expect(server.requests).to.have.lengthOf(1);
    });

  it('tells a broken connection and a silent server', async () => {
    await open();
    server.script.push('reset', 'hang');
    expect(await failureOf(output!.send([alert()]))).to.deep.include({ retry: true, reason: 'network' });
    expect(await failureOf(output!.send([alert()], {}, AbortSignal.timeout(100)))).to.deep.include({
      reason: 'timeout',
    });
  });
});
