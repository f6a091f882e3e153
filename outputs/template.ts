export type Escape = 'json';
