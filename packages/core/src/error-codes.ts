/** Who is at fault: the caller, the called, the configuration, this machine, or our own code. */
export type ErrorSource = 'downstream' | 'upstream' | 'config' | 'local' | 'bug';

/** Whether the same request may be sent again; `if-reused` only when it failed on a connection used before. */
export type RetryAdvice = 'never' | 'safe' | 'if-reused';

/** What the documentation and `weft doc CODE` say of one code. */
export interface ErrorCodeEntry {
  readonly source: ErrorSource;
  readonly retry: RetryAdvice;
  /** What happened, in one sentence. */
  readonly description: string;
  /** What to do about it, in one sentence. */
  readonly fix: string;
}

/** Every code the mesh can report, in the order of the packages that use them; a new code is one new entry here. */
export const errorCatalogue = {
  MESH_INTERNAL: {
    source: 'bug',
    retry: 'never',
    description: 'Something failed that the mesh did not expect.',
    fix: 'Report it with the message and its causes; the log at level debug has the stack.',
  },
  MESH_INVARIANT: {
    source: 'bug',
    retry: 'never',
    description: 'A rule that the code relies on was broken.',
    fix: 'Report it with the message and the log around it.',
  },
  MESH_INVALID_ARGUMENT: {
    source: 'bug',
    retry: 'never',
    description: 'A function was called with a value it does not accept.',
    fix: 'Report it, unless your own code made the call: then pass a value that the message allows.',
  },
  MESH_USAGE: {
    source: 'local',
    retry: 'never',
    description: 'A command was given arguments it does not understand.',
    fix: 'Run the command with --help and correct the argument named in the message.',
  },
  MESH_UNSUPPORTED: {
    source: 'config',
    retry: 'never',
    description: 'Something was asked for that the mesh does not support.',
    fix: 'Remove the feature named in the message, or use the alternative it names.',
  },
  MESH_ABORTED: {
    source: 'local',
    retry: 'never',
    description: 'An operation was stopped before it was done.',
    fix: 'Nothing, if you stopped it; otherwise look for the earlier error that stopped it.',
  },
  MESH_DEADLINE_EXCEEDED: {
    source: 'upstream',
    retry: 'safe',
    description: 'An operation did not finish within its time.',
    fix: 'Check that the other side is up and reachable, or allow more time.',
  },
  MESH_OVERLOADED: {
    source: 'local',
    retry: 'safe',
    description: 'A bounded queue or limit is full, so new work is refused.',
    fix: 'Slow the sender down, or raise the limit named in the message.',
  },
  MESH_CLOSED: {
    source: 'local',
    retry: 'never',
    description: 'A part was used after it was closed.',
    fix: 'Start it again; report it if you did not close it.',
  },
  MESH_ENV: {
    source: 'local',
    retry: 'never',
    description: 'An environment variable or feature flag has a value that cannot be read.',
    fix: 'Set the variable named in the message to one of the values it lists, or unset it.',
  },
  MESH_LOG_LEVEL: {
    source: 'local',
    retry: 'never',
    description: 'A log level specification cannot be read.',
    fix: 'Write it as component:level pairs, such as kube:debug,*:warning.',
  },
  MESH_JSON: {
    source: 'downstream',
    retry: 'never',
    description: 'A document is not valid JSON, or exceeds the limits for JSON.',
    fix: 'Correct the document at the line and column in the message.',
  },
  MESH_UTF8: {
    source: 'downstream',
    retry: 'never',
    description: 'A document has bytes that are not UTF-8.',
    fix: 'Save the document as UTF-8 without a byte order mark.',
  },
  MESH_DURATION: {
    source: 'config',
    retry: 'never',
    description: 'A duration cannot be read.',
    fix: 'Write a number with a unit, such as 300ms, 1.5s or 1h30m.',
  },
  MESH_CONFIG_INVALID: {
    source: 'config',
    retry: 'never',
    description: 'A resource or configuration file breaks a rule of its kind.',
    fix: 'Correct the fields named in the message; weft validate -f FILE shows all of them.',
  },
  MESH_API_STATUS: {
    source: 'upstream',
    retry: 'never',
    description: 'The API server refused a request with a status.',
    fix: 'Act on the reason in the message.',
  },
  MESH_API_UNREACHABLE: {
    source: 'upstream',
    retry: 'safe',
    description: 'The API server cannot be reached.',
    fix: 'Check that the server of the current kubeconfig context is running and reachable.',
  },
  MESH_KUBECONFIG: {
    source: 'local',
    retry: 'never',
    description: 'The kubeconfig cannot be used.',
    fix: 'Correct the entry named in the message, or choose another file or context.',
  },
  MESH_STORE: {
    source: 'local',
    retry: 'safe',
    description: 'The store could not read or write.',
    fix: 'Check free space and permissions of the state folder named in the message.',
  },
  MESH_STORE_CORRUPT: {
    source: 'local',
    retry: 'never',
    description: 'The store holds data that cannot be read back.',
    fix: 'Restore the state folder from a copy, or start with an empty one.',
  },
  MESH_LISTEN: {
    source: 'local',
    retry: 'never',
    description: 'A server cannot listen on its address.',
    fix: 'Choose another address or port, or stop the process that holds it.',
  },
  MESH_CONNECT: {
    source: 'upstream',
    retry: 'safe',
    description: 'A connection could not be made.',
    fix: 'Check that the other side is up and that the address is right.',
  },
  MESH_PROTOCOL: {
    source: 'upstream',
    retry: 'if-reused',
    description: 'The other side broke the rules of the protocol.',
    fix: 'Check that the port speaks the protocol that was expected.',
  },
  MESH_SPIFFE_ID: {
    source: 'config',
    retry: 'never',
    description: 'A SPIFFE identity is not well formed.',
    fix: 'Write it as spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT.',
  },
  MESH_KEY: {
    source: 'config',
    retry: 'never',
    description: 'A key cannot be read or has a type that is not allowed.',
    fix: 'Use a PEM file with a P-256 or RSA (2048 bits or more) key.',
  },
  MESH_CERTIFICATE: {
    source: 'config',
    retry: 'never',
    description: 'A certificate cannot be read or issued.',
    fix: 'Check the file and field named in the message.',
  },
  MESH_CERTIFICATE_UNTRUSTED: {
    source: 'downstream',
    retry: 'never',
    description: 'A certificate chain does not lead to a trusted root, or one of its certificates may not be used so.',
    fix: 'Check dates, the trust bundle and the chain that the peer sends; the message names the certificate.',
  },
  MESH_CSR: {
    source: 'downstream',
    retry: 'never',
    description: 'A certificate signing request is malformed or asks for more than it may have.',
    fix: 'Correct the request as the message says.',
  },
  MESH_JWT: {
    source: 'downstream',
    retry: 'never',
    description: 'A token is malformed, expired, not yet valid, for someone else, or not signed by a trusted key.',
    fix: 'Get a new token from the issuer named in the message.',
  },
  MESH_TEST: {
    source: 'bug',
    retry: 'never',
    description: 'A test helper did not see what the test expected.',
    fix: 'Read the message: it tells what was expected and what was seen.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** One of the codes of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;
