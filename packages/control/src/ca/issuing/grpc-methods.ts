/** Mounts the certificate service on a gRPC server of ours. */
import { X509Certificate } from 'node:crypto';
import { type Clock, err, ok, type Result } from '@weft/core';
import {
  type GrpcCall,
  GrpcError,
  type GrpcFailure,
  type GrpcMethods,
  grpcCode,
  type PeerIdentity,
  unaryMethod,
} from '@weft/xds/server';
import { type Authenticator, attest, type Caller } from '../attest/authenticator.ts';
import { CREATE_CERTIFICATE, type UnaryHandler } from './certificate-service.ts';

/** The methods of the certificate service; it attests its callers itself. */
export function certificateMethods(clock: Clock, createCertificate: UnaryHandler): GrpcMethods {
  const method = unaryMethod(clock, async (request, call, signal) => {
    const answer = await createCertificate(request, callerOf(call), signal);
    if (answer.kind === 'err') throw new GrpcError(answer.error);
    return answer.value;
  });
  return new Map([[CREATE_CERTIFICATE, method]]);
}

/** Attests the callers of other services, such as xDS, for `GrpcServerOptions.authenticate`. */
export function authenticateWith(
  authenticators: readonly Authenticator[],
): (call: GrpcCall) => Promise<Result<PeerIdentity, GrpcFailure>> {
  return async (call) => {
    const result = await attest(authenticators, callerOf(call), new AbortController().signal);
    if (result.kind === 'refused') return err({ code: grpcCode.unauthenticated, message: 'authentication failure' });
    return ok({ principal: result.identity.id.uri, proof: result.identity.by });
  };
}

/** What authenticators see of a call. */
export function callerOf(call: GrpcCall): Caller {
  const { address, certificate } = call.peer;
  return {
    address,
    certificates: certificate === undefined ? [] : [new X509Certificate(certificate)],
    header: (name) => call.metadata(name),
  };
}
