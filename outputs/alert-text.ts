import type { RoutedAlert } from './alert.ts';
import type { RouteInfo, TextFormat } from './output.ts';
import { alertLine, compileTemplate, ESCAPES, type Escape, type Template } from './template.ts';

/** The text of an alert, with what its route says of it. */
export type AlertText = (alert: RoutedAlert, route: Pick<RouteInfo, 'format' | 'template'>) => string;

/** Where JSON has to be escaped, too; it is one line already, and good JSON. */
const WITHIN_MARKUP: ReadonlySet<Escape> = new Set<Escape>(['html', 'slack']);

/** How an output makes text of alerts. Throws a `TemplateError` if its template is none. */
export function alertText(
  settings: { readonly format: TextFormat; readonly template?: string | undefined },
  escape: Escape = 'none',
): AlertText {
  const compiled = new Map<string, Template>();
  const templateOf = (source: string): Template => {
    const template = compiled.get(source) ?? compileTemplate(source, escape);
    compiled.set(source, template);
    return template;
  };
  if (settings.template !== undefined) templateOf(settings.template);
  return (alert, route) => {
    const source = route.template ?? (route.format === undefined ? settings.template : undefined);
    if (source !== undefined) return templateOf(source).text(alert);
    if ((route.format ?? settings.format) === 'text') return ESCAPES[escape](alertLine(alert));
    return WITHIN_MARKUP.has(escape) ? ESCAPES[escape](alert.json) : alert.json;
  };
}
