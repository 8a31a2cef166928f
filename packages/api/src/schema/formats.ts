/** String formats that Kubernetes and the mesh's kinds know; an unknown format is not checked, as in Kubernetes. */

type FormatCheck = (text: string) => boolean;

const FORMATS: Readonly<Record<string, FormatCheck>> = {
  'date-time': (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  uri: (text) => URL.canParse(text),
  duration: (text) => /^[+-]?(?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h))+$|^[+-]?0$/.test(text),
  ipv4: (text) => isIpv4(text),
  ipv6: (text) => text.includes(':') && URL.canParse(`http://[${text}]/`),
};

/** The complaint about `text`, or undefined when it has the format. */
export function checkFormat(format: string, text: string): string | undefined {
  const check = FORMATS[format];
  if (check === undefined || check(text)) return undefined;
  return `must be of type ${format}: ${JSON.stringify(text)}`;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);
}
