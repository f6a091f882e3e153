import { expect } from 'chai';
import { readFileSync, statSync, unlinkSync } from 'node:fs';
import { auditLog } from '../../../bench/speed/audit.ts';

describe('the audit log that is measured', () => {
  const log = auditLog(2);
  after(() => unlinkSync(log.path));
  const lines = readFileSync(log.path, 'latin1').trimEnd().split('\n');

  it('has so many events and bytes', () => {
    expect(lines).to.have.lengthOf(log.events);
    expect(statSync(log.path).size).to.equal(log.bytes);
  });

  it('is mostly what the cluster does, and in each round what somebody did once', () => {
    const people = lines.filter((line) => !line.includes('"username":"system:'));
    expect(people.length).to.be.within(1, log.events / 10);
    expect(new Set(people).size).to.equal(people.length / 2);
  });

  it('is found again', () => {
    const { mtimeMs } = statSync(log.path);
    expect(auditLog(2).path).to.equal(log.path);
    expect(statSync(log.path).mtimeMs).to.equal(mtimeMs);
  });
});
