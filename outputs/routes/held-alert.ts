import { readAlert, type AlertId, type RoutedAlert } from '../alert.ts';
import type { RoutedDelivery } from './node.ts';
import type { Codec } from './table.ts';

/** An alert that a group keeps. */
export interface HeldAlert {
  readonly alert: RoutedAlert;
  readonly deliveries: readonly RoutedDelivery[];
  /** The route that keeps it (`RouteNode.id`). */
  readonly node: string;
}

interface HeldJson {
  readonly id: string;
  readonly received: number;
  readonly input: string;
  readonly json: string;
  readonly deliveries: readonly RoutedDelivery[];
  readonly node: string;
}

/** How an alert that a group keeps is remembered; its length is not checked again, as routes may have made it longer. */
export const heldAlertCodec: Codec<HeldAlert> = {
  encode: ({ alert: { id, received, input, json }, deliveries, node }): HeldJson => ({
    id,
    received,
    input,
    json,
    deliveries,
    node,
  }),
  decode: (value) => {
    const { id, received, input, json, deliveries, node } = value as HeldJson;
    const origin = { input, received };
    return { alert: { ...readAlert(json, origin, Infinity), id: id as AlertId }, deliveries, node };
  },
};
