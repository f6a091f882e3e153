import { expect } from 'chai';
import { changeAlert } from '../../../outputs/alert.ts';
import { forward } from '../../../outputs/kinds/forward.ts';
import { readAlert } from '../../../outputs/alert.ts';
import { ScriptedServer } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

describe('forward', () => {
  let server: ScriptedServer;
  let output: OpenOutput;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    output = await OpenOutput.open(forward, { url: `${server.url}/`, token: 'secret' });
  });
  afterEach(async () => {
    await output.close();
    await server.stop();
  });
  const [a, b] = ['a', 'b'].map((rule) => alert({ rule })) as [
    ReturnType<typeof alert>,
    ReturnType<typeof alert>,
  ];
  const answer = (...ids: string[]) => server.script.push({ status: 200, body: JSON.stringify({ ids }) });

  it('sends lines, and takes the ids for the receipt', async () => {
    answer(b.id, a.id);
    await output.send([a, b]);
    expect(server.requests[0]!.body).to.equal(`${a.json}\n${b.json}\n`);
    expect(server.requests[0]!.headers).to.deep.include({
      authorization: 'Bearer secret',
      'content-encoding': 'gzip',
      'content-type': 'application/x-ndjson',
    });
  });

  it('knows an alert that a route has changed by what the other side makes of it', async () => {
    const changed = changeAlert(a, { priority: 'Alert' });
    answer(readAlert(changed.json, { input: 'other', received: 0 }).id);
    await output.send([changed]);
  });

  it('tells which alerts were not taken', async () => {
    answer(a.id);
    expect(await failureOf(output.send([b, a]))).to.deep.include({
      retry: true,
      reason: 'server',
      failed: [0],
    });
  });

  for (const body of ['', 'ok', '{}', '[]', 'null', '{"ids": 5}'])
    it(`does not take ${JSON.stringify(body)} for a receipt`, async () => {
      server.script.push({ status: 200, body });
      const failure = await failureOf(output.send([a]));
      expect(failure).to.deep.include({ retry: true, reason: 'client' });
      expect(failure.message).to.match(/without the ids/);
    });

  it('waits where the other side is full', async () => {
    server.script.push({ status: 503, headers: { 'retry-after': '2' } });
    expect(await failureOf(output.send([a]))).to.deep.include({ retry: true, reason: 'server', after: 2000 });
  });
});
