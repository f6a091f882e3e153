/**
 * Falco's outputs service (Falco 0.18 to 0.43), as protobuf.js reads a `.proto` file: packages, names and numbers are those of `outputs.proto` and `schema.proto` of Falco 0.42. Written as a
 * value, so that no file has to be found at run time.
 */
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** `map<string, string>`, which the type of a field does not know. */
const textByText = { keyType: 'string', type: 'string', id: 6 };

const namespaces: Parameters<typeof fromJSON>[0] = {
  nested: {
    google: {
      nested: {
        protobuf: {
          nested: {
            Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
          },
        },
      },
    },
    falco: {
      nested: {
        schema: {
          nested: {
            priority: {
              values: {
                EMERGENCY: 0,
                ALERT: 1,
                CRITICAL: 2,
                ERROR: 3,
                WARNING: 4,
                NOTICE: 5,
                INFORMATIONAL: 6,
                DEBUG: 7,
              },
            },
            source: { values: { SYSCALL: 0, K8S_AUDIT: 1, INTERNAL: 2, PLUGIN: 3 } },
          },
        },
        outputs: {
          nested: {
            request: { fields: {} },
            response: {
              fields: {
                time: { type: 'google.protobuf.Timestamp', id: 1 },
                priority: { type: 'falco.schema.priority', id: 2 },
                source_deprecated: { type: 'falco.schema.source', id: 3 },
                rule: { type: 'string', id: 4 },
                output: { type: 'string', id: 5 },
                output_fields: textByText,
                hostname: { type: 'string', id: 7 },
                tags: { rule: 'repeated', type: 'string', id: 8 },
                source: { type: 'string', id: 9 },
              },
            },
            service: {
              methods: {
                sub: {
                  comment: '',
                  requestType: 'request',
                  requestStream: true,
                  responseType: 'response',
                  responseStream: true,
                },
                get: {
                  comment: '',
                  requestType: 'request',
                  responseType: 'response',
                  responseStream: true,
                },
              },
            },
          },
        },
      },
    },
  },
};

/** A message of Falco's. */
export interface OutputsResponse {
  readonly time: { readonly seconds: string; readonly nanos: number } | null;
  /** Number of the priority: 0 is Emergency, 7 Debug. */
  readonly priority: number;
  /** Falco before 0.31: 0 syscall, 1 k8s_audit, 2 internal, 3 a plug-in. */
  readonly source_deprecated: number;
  readonly rule: string;
  /** Falco's line; with `json_output`, all of its JSON. */
  readonly output: string;
  /** Values that are no text are written as JSON. */
  readonly output_fields: Readonly<Record<string, string>>;
  /** '' before Falco 0.19. */
  readonly hostname: string;
  /** Empty before 0.30. */
  readonly tags: readonly string[];
  /** '' before 0.31. */
  readonly source: string;
}

/** The client of the service, and what servers of it (those of tests) are made of. */
export const OutputsService = (
  loadPackageDefinition(
    fromJSON(namespaces, { keepCase: true, longs: String, enums: Number, defaults: true }),
  ) as unknown as { falco: { outputs: { service: ServiceClientConstructor } } }
).falco.outputs.service;
