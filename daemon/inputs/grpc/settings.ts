import * as z from 'zod';
import { duration } from '../../../outputs/index.ts';

/** Settings of `kind: grpc`. */
export const grpcSettings = z
  .strictObject({
    address: z
      .string()
      .regex(
        /^(?:unix:.+|.+:\d{1,5})$/,
        'expected unix:///path, or an address with a port such as falco:5060',
      )
      .default('unix:///run/falco/falco.sock')
      .describe('`grpc.bind_address` of falco.yaml'),
    tls: z
      .strictObject({
        ca: z.string().describe('File with the certificates (PEM) that the server is checked against'),
        cert: z.string().describe('File with the certificate (PEM) that tiercel shows'),
        key: z.string().describe('File with its key (PEM)'),
      })
      .optional()
      .describe('Falco asks for it everywhere but at Unix sockets'),
    method: z
      .enum(['sub', 'get'])
      .default('sub')
      .describe('`sub` holds one call open (Falco 0.24 to 0.43), `get` makes one each time'),
    interval: duration
      .refine((ms) => ms >= 10 && ms <= 60_000, 'expected 10ms to 1m')
      .prefault('500ms')
      .describe('How often Falco is asked: it holds alerts back until then'),
  })
  .refine(({ address, tls }) => !(address.startsWith('unix:') && tls), 'Unix sockets have no tls');
export type GrpcSettings = z.output<typeof grpcSettings>;
