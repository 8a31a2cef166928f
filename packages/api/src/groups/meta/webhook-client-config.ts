import {
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  object,
  required,
  type Schema,
  string,
} from '../../schema/index.ts';
import { dns1123SubdomainProblems } from '../../validation/names.ts';
import { checkPort } from '../../validation/port-name.ts';

const serviceReference = object('The service that answers.', {
  namespace: required(string('Namespace of the service.')),
  name: required(string('Name of the service.')),
  path: string('Path of the request.'),
  port: integer('Port of the service.', { default: 443 }),
});

const clientConfig = object('How the webhook is called.', {
  url: string('Address of the webhook, always https.'),
  service: serviceReference,
  caBundle: string('Certificates, as PEM in base64, that the webhook is verified with.', { format: 'byte' }),
});

/** How a webhook is called. */
export type WebhookClientConfig = Infer<typeof clientConfig>;

/** How a webhook is called; `name` is the OpenAPI component, which differs between API groups. */
export function webhookClientConfig(description: string, name: string): Schema<WebhookClientConfig> {
  return { ...clientConfig, description, name };
}

const URL_FORM = 'desired format: https://host[/path]';

/** Refuses an address that the server would not call. */
export function checkWebhookClientConfig(path: FieldPath, config: WebhookClientConfig, report: IssueReport): void {
  const { url, service } = config;
  if ((url === undefined) === (service === undefined)) {
    report.required(path, 'exactly one of url or service is required');
    return;
  }
  if (url !== undefined) checkUrl(path.child('url'), url, report);
  if (service !== undefined) checkServiceReference(path.child('service'), service, report);
}

function checkUrl(path: FieldPath, url: string, report: IssueReport): void {
  if (!URL.canParse(url)) {
    report.required(path, `url must be a valid URL; ${URL_FORM}`);
    return;
  }
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:')
    report.invalid(path, parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${URL_FORM}`);
  if (parsed.host === '') report.invalid(path, '', `host must be specified; ${URL_FORM}`);
  if (parsed.username !== '' || parsed.password !== '')
    report.invalid(path, parsed.username, 'user information is not permitted in the URL');
  if (parsed.hash !== '') report.invalid(path, parsed.hash.slice(1), 'fragments are not permitted in the URL');
  if (parsed.search !== '')
    report.invalid(path, parsed.search.slice(1), 'query parameters are not permitted in the URL');
}

function checkServiceReference(path: FieldPath, service: Infer<typeof serviceReference>, report: IssueReport): void {
  if (service.name === '') report.required(path.child('name'));
  if (service.namespace === '') report.required(path.child('namespace'));
  if (service.port !== undefined) checkPort(path.child('port'), service.port, report);
  const urlPath = service.path;
  if (urlPath === undefined || urlPath === '') return;
  const at = path.child('path');
  if (!urlPath.startsWith('/')) report.invalid(at, urlPath, "must start with a '/'");
  const segments = urlPath.slice(1).split('/');
  // A slash at the end is no segment of its own.
  if (segments.at(-1) === '') segments.pop();
  for (const [i, segment] of segments.entries()) {
    if (segment === '') report.invalid(at, urlPath, `segment[${i}] may not be empty`);
    else
      for (const problem of dns1123SubdomainProblems(segment)) report.invalid(at, urlPath, `segment[${i}]: ${problem}`);
  }
}
