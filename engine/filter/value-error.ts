/** A constant that cannot be read as its field's type; the message is Falco's. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}
