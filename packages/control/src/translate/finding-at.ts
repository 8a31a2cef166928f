import { FINDING_SEVERITIES, type Finding, type FindingCode } from '../mesh/index.ts';
import type { Source } from './provenance.ts';

/** A finding about an object, or about a part of it; `field` is a path within that part. */
export function findingAt(code: FindingCode, source: Source, field: string, message: string): Finding {
  const object = 'object' in source ? source.object : source;
  const path = [...('path' in source ? [source.path] : []), ...(field === '' ? [] : [field])].join('.');
  return Object.freeze({
    code,
    severity: FINDING_SEVERITIES[code],
    object,
    ...(path === '' ? {} : { path }),
    message,
  });
}
