import type { MeshSnapshot, ObjectRef } from '../model/index.ts';
import type { FindingCode } from './codes.ts';

/** Takes one finding; `path` is the place in the object. */
export type Report = (code: FindingCode, object: ObjectRef, message: string, path?: string) => void;

/** Looks for one family of mistakes. Pure: it sees a snapshot and reports. */
export interface Analyzer {
  readonly name: string;
  analyze(snapshot: MeshSnapshot, report: Report): void;
}
