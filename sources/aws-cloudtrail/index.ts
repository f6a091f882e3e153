import { defineSource, type RawJson } from '../../engine/index.ts';
import { jsonFields } from '../json/fields.ts';
import { parseCloudTrail, salvageCloudTrail } from './event.ts';
import { machineFields } from './machines.ts';
import { sampleEvent } from './sample.ts';
import { storageFields } from './storage.ts';
import { describeEvent } from './summary.ts';
import { trailFields } from './trail-fields.ts';

/** Events of AWS CloudTrail, as Falco's plug-in `cloudtrail` gives them. */
export default defineSource<RawJson, 'json'>({
  name: 'aws_cloudtrail',
  plugin: { name: 'cloudtrail', version: '0.17.1' },
  summary: 'Events of AWS CloudTrail, as its log files have them.',
  fields: [
    {
      desc: 'What an event of CloudTrail says: who asked AWS for what, and what came of it.',
      fields: [...trailFields, ...storageFields, ...machineFields],
    },
    jsonFields((event) => event),
  ],
  records: 'json',
  parse: parseCloudTrail,
  salvage: salvageCloudTrail,
  describe: describeEvent,
  line: '%ct.info',
  counts: [
    { name: 'users', title: 'USER', formats: ['%ct.user'] },
    { name: 'calls', title: 'CALL', formats: ['%ct.shortsrc %ct.name', '%ct.name'] },
    { name: 'regions', title: 'REGION', formats: ['%ct.region'] },
    { name: 'errors', title: 'ERROR', formats: ['%ct.error'] },
  ],
  sample: sampleEvent,
});
