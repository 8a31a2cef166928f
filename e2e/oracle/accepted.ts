/** Differences from a real API server that are known and stay, each with its reason. */
import { REFUSED_HERE, TAKEN_HERE } from './accepted-values.ts';
import type { Difference } from './compare.ts';

/** One kind of difference. */
export interface Accepted {
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

type Covers = Accepted['covers'];

/** At places of this form. */
const at =
  (form: RegExp): Covers =>
  (difference) =>
    form.test(difference.at);

/** In the answers to these steps of a case; to all when none is named. */
const step =
  (name: string, ...steps: readonly number[]): Covers =>
  (difference) =>
    difference.case === name && (steps.length === 0 || steps.includes(difference.step));

/** In the answers to such requests. */
const on =
  (form: RegExp): Covers =>
  ({ request }) =>
    form.test(request);

/** Where the real server's message has this form. */
const says =
  (form: RegExp): Covers =>
  ({ message }) =>
    form.test(message);

/** All of these. */
const all =
  (...parts: readonly Covers[]): Covers =>
  (difference) =>
    parts.every((covers) => covers(difference));

/** Any of these. */
const any =
  (...parts: readonly Covers[]): Covers =>
  (difference) =>
    parts.some((covers) => covers(difference));

const isMissing: Covers = ({ ours }) => ours === undefined;
const isMore: Covers = ({ real }) => real === undefined;
const isNull: Covers = ({ real, ours }) => real === null && ours === undefined;
const statusBecomes =
  (real: RegExp, ours: RegExp): Covers =>
  (difference) =>
    difference.at === 'status' && real.test(String(difference.real)) && ours.test(String(difference.ours));
/** One of the steps in which a field has a wrong value. */
const wrongValue =
  (steps: Readonly<Record<string, readonly number[]>>): Covers =>
  (difference) =>
    steps[difference.case.replace(/ with wrong values$/, '')]?.includes(difference.step) === true;
const words = at(/^(?:body|events\[\d+\]\.object)\.(?:message|details\b.*)$/);

export const ACCEPTED: readonly Accepted[] = [
  // What answers say.
  {
    reason: 'descriptions of columns are our own, in the words of our explain',
    covers: at(/columnDefinitions\[\d+\]\.description$/),
  },
  {
    reason: 'Go writes null for a time or list that nobody set, and owns it; here the field is left out',
    covers: any(isNull, all(isMissing, at(/\.f:last(?:Probe|Transition|Heartbeat|Update)Time$/))),
  },
  {
    reason: 'where the real server calls a bad request an internal error of its own, it is refused as a bad one',
    covers: statusBecomes(/^500\b/, /^(?:400 BadRequest|422 Invalid) /),
  },
  {
    reason: 'a body that cannot be read is told of by its place, and not in the words of parsers written in Go',
    covers: all(
      words,
      says(/json parse error|unexpected end of JSON input|error decoding|decoding YAML|Invalid JSON Patch/),
    ),
  },
  {
    reason: 'a wrong type is named as such, and not as a conversion that Go does not know',
    covers: all(
      words,
      says(/unknown conversion|is registered for version|unexpected GroupVersion|json: cannot unmarshal/),
    ),
  },
  {
    reason: 'a JSON value that is no object at all is never taken for an empty one',
    covers: any(step('bodies', 2), step('strategic patches', 20), all(words, says(/^invalid object type: \/, Kind=$/))),
  },
  {
    reason:
      'a patch whose outcome is not valid is told of by its field; the real server prints the patch or all of the object',
    covers: all(words, says(/ is invalid: patch: Invalid value: /)),
  },
  {
    reason: 'a JSON patch that fails says at which operation',
    covers: all(words, says(/^the server rejected our request due to an error in our request$/)),
  },
  {
    reason: 'what is wrong is told once, though the real server finds it in two places',
    covers: all(
      isMissing,
      at(/^body\.details\.causes\[\d+\]$/),
      any(step('deletes'), step('merge patches'), step('server-side apply')),
    ),
  },
  {
    reason: 'messages name the media types that are read and answered here, which protobuf is not for answers',
    covers: any(
      all(
        words,
        says(
          /^(?:only the following media types|40[06]: Not Acceptable|415: Unsupported Media Type|you requested Partial)/,
        ),
      ),
      step('forms of answers', 25),
    ),
  },
  {
    reason: 'answers are never protobuf, which every client that asks for it can do without',
    covers: all(at(/^headers\.content-type$/), ({ real }) => real === 'application/vnd.kubernetes.protobuf'),
  },
  {
    reason: 'any range of media types that has JSON in it is answered with JSON, and one that refuses it is not',
    covers: step('forms of answers', 16, 17),
  },
  { reason: 'HEAD is answered as GET is, without the body', covers: step('forms of answers', 26) },
  {
    reason: 'a text is quoted as in JSON, and not as in Go',
    covers: all(words, says(/invalid character U\+/)),
  },
  {
    reason: "an internal key of the store is nobody else's business",
    covers: all(words, says(/StorageError/)),
  },
  {
    reason: 'a generation that a client makes up for a kind without one is dropped',
    covers: all(step('what a new object may say of itself'), at(/^body\.metadata\.generation$/)),
  },
  {
    reason: 'the write that takes the last finalizer away has a revision of its own',
    covers: all(at(/^body\.metadata\.resourceVersion$/), any(step('deletes'), step('namespaces'))),
  },
  // Lists and watches.
  { reason: 'an empty field is no field to select by', covers: step('lists', 34) },
  { reason: 'pages are as long as was asked for, whatever revision they are of', covers: step('pages', 11) },
  { reason: 'a continue token is opaque', covers: all(words, says(/^invalid continue token/)) },
  { reason: 'a watch without time is one without limit', covers: step('watches', 24) },
  { reason: 'the paths below /watch/, given up before 1.11, are not served', covers: step('watches', 25, 26) },
  // Server-side apply.
  {
    reason: 'an entry that has changed has a time, also where the real server loses it',
    covers: all(isMore, at(/managedFields\[\d+\]\.time$/)),
  },
  {
    reason: 'an entry that has not changed keeps its time',
    covers: all(isMissing, at(/managedFields\[\d+\]\.time$/)),
  },
  {
    reason: 'a list item without its key is refused before it is merged',
    covers: step('owners of lists', 5),
  },
  {
    reason: 'an order that is no list is passed over',
    covers: any(step('strategic patches', 7), all(step('strategic patches', 8), at(/resourceVersion$/))),
  },
  // Bodies.
  {
    reason: 'bytes that are no message, and YAML that is none, are told of in our own words',
    covers: all(words, any(step('bodies', 29, 37, 38), step('dry run and field validation'))),
  },
  {
    reason:
      'what is wrong in the structure of an object is told alone; the real server goes on with empty values in place of it',
    covers: all(
      words,
      any(step('strategic patches', 21), step('Job batch/v1', 3), step('a definition and its objects', 25, 36)),
    ),
  },
  { reason: 'a null where none may be is a wrong type', covers: all(words, step('a definition and its objects', 35)) },
  {
    reason:
      'objects of users may leave their kind to the URL, as those of Kubernetes may, and a wrong one is a bad request',
    covers: step('a definition and its objects', 37, 39),
  },
  {
    reason: 'a part that the kind does not have is not there, whether the object is or not',
    covers: step('a definition and its objects', 44),
  },
  {
    reason:
      'a definition is refused for the same reasons; for one version the real server names fields of its own internal form',
    covers: all(words, step('definitions that are refused')),
  },
  {
    reason: 'the finalizer of a definition is there from the start, and its status once it is known',
    covers: all(on(/^POST .*\/customresourcedefinitions\?/), at(/^body\.(?:metadata\.finalizers|status)$/)),
  },
  // Kinds.
  {
    reason: 'a template generation of DaemonSets, given up in 1.16, is not counted',
    covers: all(isMissing, step('DaemonSet apps/v1'), at(/annotations$/)),
  },
  {
    reason: 'what the server fills in when an object is made counts as written by who made it',
    covers: all(
      isMore,
      any(
        all(on(/\/jobs\b/), at(/fieldsV1\.f:(?:metadata|spec\.f:selector|spec\.f:template\.f:metadata)$/)),
        all(on(/\/namespaces(?:\/\{ns\}[\w-]*(?:\/status)?)?(?:\?|$)/), at(/fieldsV1\.f:spec$/)),
      ),
    ),
  },
  {
    reason: 'a false or an empty text that was written is kept, and owned; Go leaves it out',
    covers: any(
      all(isMore, at(/globalDefault$/)),
      all(isMore, step('Event v1'), at(/f:(?:reportingComponent|reportingInstance|source\.\.)$/)),
      all(isMore, step('scale', 5), at(/^body\.spec\.replicas$/)),
      all(isMore, step('namespaces'), at(/^body\.spec\.finalizers$/)),
    ),
  },
  {
    reason: 'no kubelet will ever fill in what a node is, so there is nothing to show, and nothing that waits for it',
    covers: all(isMissing, step('Node v1'), at(/^body\.(?:status\.(?:daemonEndpoints|nodeInfo)|spec\.taints\[1\])$/)),
  },
  {
    reason: 'nobody would take the finalizer of a claim away again',
    covers: all(isMissing, step('PersistentVolumeClaim v1'), at(/^body\.metadata\.finalizers$/)),
  },
  {
    reason: 'with what only the real server adds, a write there was a change',
    covers: all(at(/^body\.metadata\.resourceVersion$/), any(step('PersistentVolumeClaim v1', 3), step('Node v1', 3))),
  },
  {
    reason: 'kinds that are stored and have no effect say so',
    covers: all(isMore, at(/^headers\.warning$/), ({ ours }) => / is stored, but /.test(String(ours))),
  },
  {
    reason: 'a value that nobody can have meant is refused',
    covers: all(wrongValue(REFUSED_HERE), statusBecomes(/^201$/, /^422$/)),
  },
  {
    reason: 'an empty choice counts as none',
    covers: all(wrongValue(TAKEN_HERE), statusBecomes(/^422$/, /^201$/)),
  },
  {
    reason: 'an account that cannot be is not found, where there are accounts (the recorded server had none)',
    covers: all(step('Pod v1 with wrong values', 15), statusBecomes(/^422$/, /^403$/)),
  },
  {
    reason: 'a pod is warned of a time to end below nothing as its template is',
    covers: all(isMore, step('Pod v1 with wrong values', 37), at(/^headers\.warning$/)),
  },
  // Parts of objects.
  {
    reason: 'a write through a part is owned as one, also where the real server records no owner',
    covers: any(
      all(isMore, step('scale', 14), at(/managedFields/)),
      all(step('pods'), at(/managedFields/)),
      all(step('namespaces'), at(/managedFields/)),
    ),
  },
  {
    reason: 'the status of built-in kinds is believed to whoever may write it',
    covers: any(step('status', 2), step('namespaces', 3, 4)),
  },
  {
    reason: 'through a part nothing of the metadata is changed',
    covers: any(step('status', 5, 6, 8), all(step('namespaces'), at(/f:a$|labels\.a$/))),
  },
  {
    reason: 'a pod may get another quality of service by a resize',
    covers: any(step('pods', 9), all(step('pods'), at(/resources\.requests$/))),
  },
  {
    reason: 'the node and the size of a pod are part of what it is meant to be',
    covers: all(step('pods'), at(/^body\.metadata\.generation$/)),
  },
  { reason: 'a token is refused with what it could be bound to', covers: all(words, step('tokens', 6)) },
  // Paths, discovery and rights.
  {
    reason:
      'discovery says the group and version of every kind; the real server leaves them out where they are those of the list',
    covers: any(
      all(({ real }) => real === '', at(/responseKind\.(?:group|version)$/)),
      all(isMore, step('discovery', 1), at(/^body\.apiVersion$/)),
    ),
  },
  {
    reason: 'what needs a kubelet is not served: docs/kubernetes-api.md',
    covers: all(isMissing, step('discovery'), at(/\b(?:bindings|proxy|attach|exec|log|portforward)\b/)),
  },
  {
    reason: 'a path that nobody knows is answered with a Status, and OpenAPI is JSON and says so',
    covers: all(step('discovery'), at(/^(?:body|headers\.content-type)$/)),
  },
  { reason: 'there is no list of all paths', covers: step('discovery', 46) },
  {
    reason: 'a name that no object can have is not found',
    covers: all(step('discovery'), statusBecomes(/^400 .*may not be '\.\.'/, /^404/)),
  },
  {
    reason: 'a method that a path beside the resources does not have is refused',
    covers: all(step('discovery'), statusBecomes(/^(?:200$|405)/, /^40[45]/)),
  },
  {
    reason: 'who is not known is told how to say who they are (RFC 9110 §11.6.1)',
    covers: at(/^headers\.www-authenticate$/),
  },
  {
    reason: 'credentials that cannot be read never make anybody anonymous',
    covers: statusBecomes(/^403 .*"system:anonymous"/, /^401/),
  },
  {
    reason: 'questions about rights are not stored, so nobody owns them and they have no time',
    covers: all(isMissing, step('rights'), at(/^body\.metadata\.(?:managedFields|creationTimestamp)$/)),
  },
  {
    reason: 'the kind is told, and a field that is missing is named; the real server forgets to',
    covers: any(
      all(step('rights'), words),
      all(step('rights'), statusBecomes(/^400 BadRequest (?:no namespace|token is required)/, /^422 Invalid /)),
    ),
  },
  {
    reason: 'it is said why somebody is allowed or not known, and tokens are not repeated',
    covers: all(step('rights'), at(/^body\.(?:status\.(?:reason|user|error|authenticated)|spec\.token)$/)),
  },
];
