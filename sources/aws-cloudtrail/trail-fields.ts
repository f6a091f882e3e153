/** `ct.*`: what every event of CloudTrail says, by the members of its JSON. */
import { infoOf } from './summary.ts';
import { jsonText } from '../../engine/index.ts';
import { originalUserOf, setUser, shortSource, userOf } from './identity.ts';
import { at, json, member, textOf, truth, type TrailField } from './values.ts';

const asked = (name: string, desc: string, key: string): TrailField =>
  member(`ct.request.${name}`, desc, 'requestParameters', key);

export const trailFields: readonly TrailField[] = [
  member('ct.id', 'The unique id of the event.', 'eventID'),
  member('ct.error', 'The code of the error, if the request failed.', 'errorCode'),
  member('ct.errormessage', 'What the error says, if the request failed.', 'errorMessage'),
  member('ct.time', 'The time of the event, as it is written.', 'eventTime'),
  member('ct.src', 'The service that was asked: `s3.amazonaws.com`.', 'eventSource'),
  {
    name: 'ct.shortsrc',
    desc: 'The service that was asked, without the domain: `s3`.',
    get: (event) => {
      const source = textOf(event.get('eventSource'));
      return source && shortSource(source);
    },
    set: at(['eventSource'], (service) => jsonText(`${service}.amazonaws.com`)),
  },
  member('ct.name', 'The name of the event: `ConsoleLogin`, `RunInstances`.', 'eventName'),
  {
    name: 'ct.user',
    desc: 'Who asked: the name of the user or service; of an assumed role the name of the role.',
    get: userOf,
    set: setUser,
  },
  {
    name: 'ct.originaluser',
    desc: 'Who asked, as CloudTrail shows it: of an assumed role the name of the session.',
    get: originalUserOf,
  },
  {
    name: 'ct.user.accountid',
    desc: 'The account of who asked.',
    get: (event) => textOf(event.get('userIdentity', 'accountId') ?? event.get('recipientAccountId')),
    set: at(['userIdentity', 'accountId']),
  },
  member(
    'ct.user.identitytype',
    'The kind of identity: `Root`, `IAMUser`, `AssumedRole`.',
    'userIdentity',
    'type',
  ),
  member('ct.user.principalid', 'The unique id of who asked.', 'userIdentity', 'principalId'),
  member('ct.user.arn', 'The Amazon Resource Name of who asked.', 'userIdentity', 'arn'),
  member('ct.region', 'The region: `eu-central-1`.', 'awsRegion'),
  member('ct.response.subnetid', 'The subnet in the response.', 'responseElements', 'subnetId'),
  member(
    'ct.response.reservationid',
    'The reservation in the response.',
    'responseElements',
    'reservationId',
  ),
  json('ct.response', 'The whole response, as JSON.', 'responseElements'),
  asked('availabilityzone', 'The availability zone in the request.', 'availabilityZone'),
  asked('cluster', 'The cluster in the request.', 'cluster'),
  asked('functionname', 'The function in the request.', 'functionName'),
  asked('groupname', 'The group in the request.', 'groupName'),
  asked('host', 'The host in the request.', 'Host'),
  asked('name', 'The name of what the request is about.', 'name'),
  asked('policy', 'The policy in the request.', 'policy'),
  asked('reason', 'The reason in the request.', 'reason'),
  asked('target', 'The target in the request.', 'target'),
  {
    name: 'ct.request.documentname',
    desc: 'Always absent: Falco looks for it under another name. `ct.request` has the whole request.',
    get: () => undefined,
  },
  asked('serialnumber', 'The serial number in the request.', 'serialNumber'),
  asked('servicename', 'The service in the request.', 'serviceName'),
  asked('subnetid', 'The subnet in the request.', 'subnetId'),
  asked('taskdefinition', 'The definition of the task in the request.', 'taskDefinition'),
  asked('username', 'The user in the request.', 'userName'),
  json('ct.request', 'The whole request, as JSON.', 'requestParameters'),
  member('ct.srcip', 'The address that the request came from, or the service.', 'sourceIPAddress'),
  member('ct.useragent', 'The program that the request came from.', 'userAgent'),
  { name: 'ct.info', desc: 'The event in words: who, from where, what, and of what.', get: infoOf },
  truth('ct.managementevent', '`true` for management events, `false` for others.', 'managementEvent'),
  truth('ct.readonly', '`true` if the event only reads, `false` if it changes something.', 'readOnly'),
  member('ct.requestid', 'The id of the request.', 'requestID'),
  member('ct.eventtype', 'The type of the event: `AwsApiCall`, `AwsConsoleSignIn`.', 'eventType'),
  member('ct.apiversion', 'The version of the API.', 'apiVersion'),
  {
    name: 'ct.resources',
    desc: 'The resources that the event is about, each as JSON, with commas between them.',
    get: (event) =>
      event
        .get('resources')
        ?.elements.map((one) => one.json)
        .join(',') || undefined,
  },
  member('ct.recipientaccountid', 'The account that received the event.', 'recipientAccountId'),
  member(
    'ct.serviceeventdetails',
    'What triggered the event of a service, and what came of it.',
    'serviceEventDetails',
  ),
  member(
    'ct.sharedeventid',
    'The id that events of the same action in several accounts share.',
    'sharedEventID',
  ),
  member('ct.vpcendpointid', 'The VPC endpoint that the request came through.', 'vpcEndpointId'),
  member('ct.eventcategory', 'The category: `Management`, `Data`.', 'eventCategory'),
  member('ct.addendum.reason', 'Why something was missing and came later.', 'addendum', 'reason'),
  member('ct.addendum.updatedfields', 'What came later.', 'addendum', 'updatedFields'),
  member('ct.addendum.originalrequestid', 'The id of the first request.', 'addendum', 'originalRequestID'),
  member('ct.addendum.originaleventid', 'The id of the first event.', 'addendum', 'originalEventID'),
  truth(
    'ct.sessioncredentialfromconsole',
    '`true` if the request came from a session of the Management Console.',
    'sessionCredentialFromConsole',
  ),
  member('ct.edgedevicedetails', 'The edge devices that the request is for.', 'edgeDeviceDetails'),
  member('ct.tlsdetails.tlsversion', 'The version of TLS.', 'tlsDetails', 'tlsVersion'),
  member('ct.tlsdetails.ciphersuite', 'The cipher suite of TLS.', 'tlsDetails', 'cipherSuite'),
  member(
    'ct.tlsdetails.clientprovidedhostheader',
    'The host that the client asked for.',
    'tlsDetails',
    'clientProvidedHostHeader',
  ),
  json('ct.additionaleventdata', 'What else the event says, as JSON.', 'additionalEventData'),
];
