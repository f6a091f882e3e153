import { expect } from 'chai';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from '../../outputs/kinds/index.ts';
import type { OutputKind, SendError } from '../../outputs/output.ts';
import { alert, OpenOutput } from './kinds/opened.ts';
import { ScriptedServer } from './scripted-server.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/how-to/write-an-output.md'), 'utf8');
const code = /```ts\n(import .*?)```/s.exec(page)![1]!;

describe('docs/how-to/write-an-output.md', () => {
  // It must stand where it says, for its imports.
  const path = join(root, `outputs/kinds/.how-to-${process.pid}.ts`);
  let kind: OutputKind;
  before(async () => {
    writeFileSync(path, code);
    try {
      kind = ((await import(path)) as { ntfy: OutputKind }).ntfy;
    } finally {
      rmSync(path);
    }
  });

  it('adds an output in 25 lines', () =>
    expect(
      code
        .trimEnd()
        .split('\n')
        .filter((line) => !/^import|^$/.test(line)).length,
    ).to.be.at.most(25));

  it('that nobody has added since', () => expect(KINDS.map((known) => known.kind)).not.to.include('ntfy'));

  describe('the output', () => {
    let server: ScriptedServer;
    let output: OpenOutput;
    before(async () => {
      server = await ScriptedServer.start();
      output = await OpenOutput.open(kind, { url: `${server.url}/topic` });
    });
    after(async () => {
      await output.close();
      await server.stop();
    });

    it('delivers', async () => {
      await output.send([alert({ rule: 'Read shadow' })]);
      const [request] = server.requests;
      expect(request).to.deep.include({
        path: '/topic',
        body: '12:34:56.123456789: Warning Shadow read (user=root)',
      });
      expect(request!.headers).to.deep.include({ title: 'Read%20shadow', priority: '4' });
    });

    it('tells failures', async () => {
      server.script.push({ status: 429, headers: { 'retry-after': '2' } });
      // The code of the page has modules of its own, hence no `instanceof`.
      const error = (await output.send([alert()]).catch((thrown: unknown) => thrown)) as SendError;
      expect(error.failure).to.deep.include({
        retry: true,
        reason: 'rate_limited',
        after: 2000,
        failed: [0],
      });
    });
  });
});
