import {
  pathParameter,
  type EventInfo,
  type JsonInput,
  type ParamInfo,
  type PathRole,
  type Thread,
} from '../../../../engine/index.ts';
import type { Draft } from '../draft.ts';
import { DEFAULT_ERROR, isFailure, toldResult } from './result.ts';
import type { Params } from './fd-context.ts';
import { isAsync, isGeneric } from './type.ts';
import { parameterValue, type Meanings } from './parameter-value.ts';
import { processParameters, tellsOfProcess } from './process-parameters.ts';
import { stateParameters } from './state-parameters.ts';

const SYSTEM = { id: 'ID', native: 'nativeID' } as const;

/** What parameters of a type are where nothing says otherwise. */
function defaultValue({ type }: ParamInfo): JsonInput {
  switch (type) {
    case 'errno':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'flags8':
    case 'flags16':
    case 'flags32':
    case 'enumflags8':
    case 'enumflags16':
    case 'enumflags32':
    case 'mode':
    case 'uid':
    case 'gid':
    case 'reltime':
      return 0;
    default:
      return null;
  }
}

/** The parameters of an event: those that facts give, else those that follow from the state (`own`), else plain ones. */
export function eventParameters(
  info: EventInfo,
  draft: Draft,
  thread: Thread,
  own: Params,
  description: () => string,
  meanings: Meanings,
): Params {
  const params: Params = {};
  for (const param of info.params) params[param.name] = defaultValue(param);
  if (tellsOfProcess(info)) Object.assign(params, only(info, processParameters(thread)));
  Object.assign(params, stateParameters(info, thread));
  if (isGeneric(info)) params[SYSTEM.id] = draft.type!;
  if (isAsync(info))
    Object.assign(params, { plugin_id: 0, name: draft.asyncName ?? draft.type!, data: description() });
  Object.assign(params, resultOf(info, draft), pathsOf(info, draft), only(info, own));
  if (draft.data !== undefined && 'data' in params) {
    params['data'] = draft.data;
    if ('size' in params) params['size'] = draft.data.length;
    if (toldResult(info, draft) === undefined) params['res'] = draft.data.length;
  }
  for (const [name, fact] of draft.params) {
    const param = info.params.find((candidate) => candidate.name === name);
    // The data are what they are, whatever is shown of them.
    const isData = name === 'data' && draft.data !== undefined;
    if (param !== undefined && !isData) params[name] = parameterValue(param, fact, meanings);
  }
  return params;
}

/** Gives parameters that are told by their places their names. */
export function nameParameters(info: EventInfo, { params, paramsAt }: Draft): void {
  for (const [place, fact] of paramsAt) {
    const name = info.params[place]?.name;
    params.set(
      name ?? fact.fail(`${info.name} has ${info.params.length} parameters`, parameterHint(info)),
      fact,
    );
  }
}

/** Which parameters an event has. */
export function parameterHint({ name, params }: EventInfo): string {
  if (params.length === 0) return `${name} has no parameters`;
  return `${name} has the parameters ${params.map((param) => param.name).join(', ')}`;
}

/** Those that the event has. */
function only(info: EventInfo, params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => info.params.some((param) => param.name === name)),
  );
}

/** The result of a call that gives no fd. */
function resultOf(info: EventInfo, draft: Draft): Params {
  const first = info.params[0];
  if (first === undefined || info.enter || isGeneric(info)) return {};
  const result = toldResult(info, draft);
  if (result === undefined) return first.type === 'pid' && info.name !== 'setsid' ? { [first.name]: 0 } : {};
  if (result !== 'failed') return { [first.name]: String(result) };
  return { [first.name]: first.type === 'errno' || first.type === 'fd' ? DEFAULT_ERROR : -2 };
}

function pathsOf(info: EventInfo, draft: Draft): Params {
  const params: Params = {};
  for (const [role, path] of draft.paths) {
    const roles: PathRole[] = role === 'source' ? ['source', 'path'] : [role];
    const name = roles.map((each) => pathParameter(info.code, each)).find((found) => found !== undefined);
    if (name !== undefined) params[name] = path;
  }
  return params;
}

/** Whether the call did what it was asked to. */
export const succeeds = (info: EventInfo, draft: Draft): boolean => !isFailure(toldResult(info, draft));
