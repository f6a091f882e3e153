import { fromBytes, type AlertReader, type ByteString, type JsonValue } from '../../engine/index.ts';
import { engineValue, type RoutedAlert } from '../alert.ts';
import type { Json } from '../json.ts';

const OWN_FIELD = /^output_fields\[([^]*)\]$/;

/** The alert that conditions are asked about. What it says becomes byte strings when a condition asks for it. */
export class AlertSubject implements AlertReader {
  #alert: RoutedAlert | undefined;
  readonly #values = new Map<ByteString, JsonValue | undefined>();

  set alert(alert: RoutedAlert) {
    if (alert === this.#alert) return;
    this.#alert = alert;
    this.#values.clear();
  }

  get(name: ByteString): JsonValue | undefined {
    let value = this.#values.get(name);
    if (value === undefined && !this.#values.has(name)) {
      const said = this.#alert && valueOf(this.#alert, name);
      value = said === undefined ? undefined : engineValue(said);
      this.#values.set(name, value);
    }
    return value;
  }

  has(name: ByteString): boolean {
    return this.get(name) !== undefined;
  }
}

function valueOf(alert: RoutedAlert, name: ByteString): Json | undefined {
  switch (name) {
    case 'rule':
    case 'priority':
    case 'source':
    case 'hostname':
    case 'tags':
    case 'output':
    case 'input':
      return alert[name];
    default: {
      const written = fromBytes(name);
      return alert.fields.get(OWN_FIELD.exec(written)?.[1] ?? written);
    }
  }
}
