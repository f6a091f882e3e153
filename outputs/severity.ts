import { PRIORITIES, type Priority } from '../engine/index.ts';
import type { Delivery } from './output.ts';

/** Colours that people see priorities in. */
export const COLOURS: Readonly<Record<Priority, string>> = {
  Emergency: '#8b0000',
  Alert: '#b22222',
  Critical: '#d32f2f',
  Error: '#e65100',
  Warning: '#f9a825',
  Notice: '#1976d2',
  Informational: '#0288d1',
  Debug: '#9e9e9e',
};

/** The most severe priority in a batch, which is not empty. */
export const mostSevere = (batch: readonly Delivery[]): Priority =>
  PRIORITIES[Math.min(...batch.map(({ alert }) => PRIORITIES.indexOf(alert.priority)))]!;
