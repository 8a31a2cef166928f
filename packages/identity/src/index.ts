export * from './ca.ts';
export { type CertificateNames, isDnsName } from './certificate-names.ts';
export * from './csr.ts';
export * from './identity-error.ts';
export {
  algorithmOf,
  formatJwks,
  type JwkSet,
  type JwtAlgorithm,
  jwkThumbprint,
  parseJwks,
  type VerificationKey,
  verificationKey,
} from './jwks.ts';
export * from './jwt.ts';
export * from './keys.ts';
export * from './pem.ts';
export * from './rotation.ts';
export * from './spiffe-id.ts';
export * from './trust-bundle.ts';
export * from './verify-chain.ts';
export type { BasicConstraints, KeyUsage, SubjectAltNames, X509Details, X509Name } from './x509-der.ts';
export * from './x509-info.ts';
