// Responses are copies of bytes that resources have ready; only the few fields around them are written for each stream.
import type { XdsVariant } from '../../protocol/messages.ts';
import type { ServedResource } from '../served-resource.ts';
import { GRPC_PREFIX_BYTES, writeGrpcPrefix } from '../transport/frame.ts';
import { fieldSize, type ProtoWriter, textFieldSize, writeHead, writeRaw, writeText } from './proto-writer.ts';

/** What a stream is to be told of one type. */
export interface ResponseMessage {
  readonly typeUrl: string;
  readonly versionInfo: string;
  readonly nonce: string;
  readonly resources: readonly ServedResource[];
  /** Only in delta. */
  readonly removed: readonly string[];
}

/** Fields of the responses. Both variants agree on the first ones. */
const VERSION_INFO = 1;
const TYPE_URL = 4;
const NONCE = 5;
const REMOVED_RESOURCES = 6;
const SOTW_CONTROL_PLANE = 6;
const DELTA_CONTROL_PLANE = 7;
const IDENTIFIER = 1;

/** Encodes a response with the prefix of gRPC in front, so that it is not copied again to be sent. */
export function encodeResponse(variant: XdsVariant, message: ResponseMessage, controlPlane: string): Buffer {
  const { typeUrl, versionInfo, nonce, resources, removed } = message;
  const identifierSize = textFieldSize(controlPlane);
  let size = textFieldSize(versionInfo) + textFieldSize(typeUrl) + textFieldSize(nonce);
  if (identifierSize > 0) size += fieldSize(identifierSize);
  for (const resource of resources) size += fieldOf(variant, resource).length;
  // An empty name is no name: proto3 would still have it as an element, so it is counted and written as one.
  for (const name of removed) size += fieldSize(Buffer.byteLength(name));
  const writer: ProtoWriter = { bytes: Buffer.allocUnsafe(GRPC_PREFIX_BYTES + size), at: GRPC_PREFIX_BYTES };
  writeGrpcPrefix(writer.bytes, size);
  writeText(writer, VERSION_INFO, versionInfo);
  for (const resource of resources) writeRaw(writer, fieldOf(variant, resource));
  writeText(writer, TYPE_URL, typeUrl);
  writeText(writer, NONCE, nonce);
  for (const name of removed) {
    writeHead(writer, REMOVED_RESOURCES, Buffer.byteLength(name));
    writer.at += writer.bytes.write(name, writer.at);
  }
  if (identifierSize > 0) {
    writeHead(writer, variant === 'sotw' ? SOTW_CONTROL_PLANE : DELTA_CONTROL_PLANE, identifierSize);
    writeText(writer, IDENTIFIER, controlPlane);
  }
  return writer.bytes;
}

function fieldOf(variant: XdsVariant, resource: ServedResource): Uint8Array {
  return variant === 'sotw' ? resource.sotwField : resource.deltaField;
}
