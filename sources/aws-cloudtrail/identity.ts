import { jsonText, type ByteString, type RawJson, type SetField } from '../../engine/index.ts';
import { textOf } from './values.ts';

/** Who did it, by the type of the identity: a user, a service, the role that was assumed; undefined where the event does not say. */
export function userOf(event: RawJson): ByteString | undefined {
  const identity = event.get('userIdentity');
  switch (identity?.get('type')?.string) {
    case 'Root':
    case 'IAMUser':
      return textOf(identity.get('userName'));
    case 'AWSService':
      return textOf(identity.get('invokedBy'));
    case 'AssumedRole':
      return textOf(identity.get('sessionContext', 'sessionIssuer', 'userName')) ?? 'AssumedRole';
    case 'AWSAccount':
      return 'AWSAccount';
    case 'FederatedUser':
      return 'FederatedUser';
    default:
      return undefined;
  }
}

/** What Falco's plug-in writes, without a blank before it, for a user whom `userOf` does not know. */
export function unknownUserOf(event: RawJson): ByteString {
  switch (event.get('userIdentity', 'type')?.string) {
    case undefined:
      return '';
    case 'Root':
    case 'IAMUser':
    case 'AWSService':
      return '<NA>';
    default:
      return '<unknown user type>';
  }
}

/** Puts the name of a user where the type of the identity, as it is by then, says. */
export const setUser: SetField = (record, [name]) => {
  const keys = NAMED_AT.get(record.get(['userIdentity', 'type']) ?? '') ?? ['userIdentity', 'userName'];
  if (name === undefined) record.remove(keys);
  else record.set(keys, jsonText(name));
};

const NAMED_AT: ReadonlyMap<ByteString, readonly ByteString[]> = new Map([
  ['AWSService', ['userIdentity', 'invokedBy']],
  ['AssumedRole', ['userIdentity', 'sessionContext', 'sessionIssuer', 'userName']],
]);

/** The name as CloudTrail shows it: of an assumed role that of the session. */
export function originalUserOf(event: RawJson): ByteString | undefined {
  const identity = event.get('userIdentity');
  if (identity?.get('type')?.string !== 'AssumedRole') return textOf(identity?.get('userName'));
  const arn = textOf(identity.get('arn'))?.split('/');
  if (arn?.length === 3) return arn[2];
  const principal = textOf(identity.get('principalId'))?.split(':');
  return principal?.length === 2 ? principal[1] : undefined;
}

/** Behind the names of services. */
const DOMAIN = '.amazonaws.com';

/** The name of a service without its domain. */
export const shortSource = (source: ByteString): ByteString =>
  source.length > DOMAIN.length && source.endsWith(DOMAIN) ? source.slice(0, -DOMAIN.length) : source;
