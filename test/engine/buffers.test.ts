import { expect } from 'chai';
import { bufferText, shortBufferText } from '../../engine/buffers.ts';

describe('buffers', () => {
  it('are cut where Falco has no more room', () => {
    expect(shortBufferText('x'.repeat(1022), 'normal')).to.have.length(1022);
    expect(shortBufferText('x'.repeat(1023), 'normal')).to.have.length(1021);
    expect(shortBufferText('x'.repeat(765), 'base64')).to.have.length(1020);
    expect(shortBufferText('x'.repeat(766), 'base64')).to.equal('');
  });
  it('are base64', () => {
    for (const text of ['', 'f', 'fo', 'foo', '\xff\xfe\xfd\0'])
      expect(bufferText(text, 'base64')).to.equal(Buffer.from(text, 'latin1').toString('base64'));
  });
});
