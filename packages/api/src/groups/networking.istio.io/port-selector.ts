/** The choice of a port of a service. */
import { type FieldPath, type Infer, type IssueReport, object } from '../../schema/index.ts';
import { uint32 } from './scalars.ts';

/** A port of a service, by number. */
export const portSelector = object('A port of a service.', { number: uint32('Number of the port.') });

/** A port of a service, by number. */
export type PortSelector = Infer<typeof portSelector>;

/** What a port number must satisfy. */
export function checkPort(port: number, path: FieldPath, report: IssueReport): void {
  if (port < 1 || port > 65535) report.invalid(path, port, `port number ${port} must be in the range 1..65535`);
}

/** Checks the number of a chosen port. */
export function checkPortSelector(selector: PortSelector, path: FieldPath, report: IssueReport): void {
  checkPort(selector.number ?? 0, path.child('number'), report);
}
