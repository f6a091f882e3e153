import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unreadable, unwritable } from '../../engine/index.ts';

describe('errors of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-files-'));
  after(() => rmSync(folder, { recursive: true }));

  const cases: [name: string, reads: boolean, path: string, expected: string][] = [
    ['a file that is not there', true, join(folder, 'none'), 'there is no such file'],
    ['a directory as a file', true, folder, 'it is a directory'],
    ['a folder that is not there', false, join(folder, 'none', 'x'), 'its directory does not exist'],
    ['a directory to write to', false, folder, 'it is a directory'],
  ];
  for (const [name, reads, path, expected] of cases)
    it(`says what is wrong: ${name}`, () => {
      let caught: unknown;
      try {
        if (reads) readFileSync(path);
        else writeFileSync(path, '');
      } catch (error) {
        caught = error;
      }
      const { diagnostic, cause } = (reads ? unreadable : unwritable)('CODE', path, caught);
      expect(cause).to.equal(caught);
      expect(diagnostic.hint).to.be.a('string');
      expect({ ...diagnostic, hint: '' }).to.deep.equal({
        code: 'CODE',
        severity: 'error',
        message: `cannot ${reads ? 'read' : 'write'} ${path}: ${expected}`,
        file: path,
        hint: '',
      });
    });

  it('says what the system says where it knows no better', () =>
    expect(unreadable('CODE', 'x', new Error('ELOOP: too many links')).diagnostic).to.deep.equal({
      code: 'CODE',
      severity: 'error',
      message: 'cannot read x: ELOOP: too many links',
      file: 'x',
    }));
});
