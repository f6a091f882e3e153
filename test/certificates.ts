import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of the moment, with certificates for a server (`localhost`, 127.0.0.1) and a client; made by openssl. */
export interface Certificates {
  readonly folder: string;
  /** Path of a file: `ca.crt`, `server.crt`, `server.key`, `client.crt`, `client.key`, and those that were issued. */
  readonly path: (name: string) => string;
  readonly read: (name: string) => Buffer;
  /** Makes `NAME.crt` and `NAME.key`, in the place of those that there are. */
  readonly issue: (name: string, certificate?: Issue) => void;
  readonly remove: () => void;
}

/** What a certificate is for: servers and clients of this machine where it does not say. */
export interface Issue {
  /** `DNS:localhost,IP:127.0.0.1` */
  readonly names?: string;
  readonly expired?: boolean;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** What openssl needs to sign with dates of our own. */
const CONFIGURATION = `[ca]
default_ca = test
[test]
dir = .
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
`;

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl('req', '-x509', ...KEY, ...'-keyout ca.key -out ca.crt -subj'.split(' '), '/CN=test ca');
  writeFileSync(path('ca.conf'), CONFIGURATION);
  writeFileSync(path('index.txt'), '');

  function issue(name: string, { names = 'DNS:localhost,IP:127.0.0.1', expired = false }: Issue = {}): void {
    const year = new Date().getUTCFullYear();
    const [from, to] = expired ? [year - 3, year - 2] : [year - 1, year + 1];
    openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(path(`${name}.ext`), `subjectAltName=${names}\n`);
    openssl(
      ...'ca -batch -notext -config ca.conf -cert ca.crt -keyfile ca.key'.split(' '),
      ...['-startdate', `${from}0101000000Z`, '-enddate', `${to}1231235959Z`],
      ...['-extfile', `${name}.ext`, '-in', `${name}.csr`, '-out', `${name}.crt`],
    );
  }
  for (const name of ['server', 'client']) issue(name);
  return {
    folder,
    path,
    read: (name) => readFileSync(path(name)),
    issue,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
