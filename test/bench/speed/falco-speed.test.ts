import { expect } from 'chai';
import { readFalcoSpeeds } from '../../../bench/speed/falco-speed.ts';

const page = `# Speeds

| capture (made somehow) | events | rules | Falco, CPU | Falco, wall | memory |
|---|---|---|---|---|---|
| \`small\`: \`make small.scap\` | 1 M | some (12) | 1.5 | 2.5 | 1 MB |
| \`small\`, gzip (-6) | 1 M | some (12) | 3 | 4 | 1 MB |
| \`other\` | 1 M | all files (34) | 5 | unknown | 1 MB |
`;

describe("Falco's speeds", () => {
  it('are read by the heads of the columns; rows without figures are left out', () => {
    expect([...readFalcoSpeeds(page)]).to.deep.equal([
      ['small/12', { user: 1.5, wall: 2.5 }],
      ['small-gzip/12', { user: 3, wall: 4 }],
    ]);
  });

  it('are none where there is no such table', () => {
    for (const text of ['', 'no table', '| a | b |\n|---|---|\n| `x` (1) | 2 |'])
      expect(readFalcoSpeeds(text)).to.have.property('size', 0);
  });
});
