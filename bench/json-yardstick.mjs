/**
 * The unit in which replays of audit logs are measured: parses each line of a file as JSON and does nothing else. Like bench/yardstick.mjs, it must not be made faster or slower.
 *
 *     node bench/json-yardstick.mjs FILE
 *
 * Prints the number of lines, and a sum that keeps the work from being optimised away.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

let [lines, sum] = [0, 0];
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  lines++;
  sum += Object.keys(JSON.parse(line)).length;
}
console.log(JSON.stringify({ lines, sum }));
