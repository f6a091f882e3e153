import type { ByteString } from '../../engine/index.ts';

/** A string, a bracket, a comma, a colon, or anything else. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[{](?:[\]}])?|[\]},:]|[^"[\]{},:]+/g;

/** JSON without blanks over several lines, two blanks for each level, as `json.Indent` of Go writes it; undefined for what is no JSON to Go. */
export function indented(json: ByteString): ByteString | undefined {
  try {
    JSON.parse(json);
  } catch {
    return undefined;
  }
  let line = '\n';
  return json.replace(TOKEN, (token) => {
    switch (token) {
      case '{':
      case '[':
        line += '  ';
        return token + line;
      case '}':
      case ']':
        line = line.slice(0, -2);
        return line + token;
      case ',':
        return token + line;
      case ':':
        return ': ';
      default:
        return token;
    }
  });
}
