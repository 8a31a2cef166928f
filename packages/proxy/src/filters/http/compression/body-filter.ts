import type { FieldList, RequestHead, ResponseHead } from '../../../http/head.ts';
import { FilterStatus, type HttpFilter } from '../filter.ts';
import type { BodyTransform } from './body-transform.ts';

/** A filter that sends bodies through codecs; what is done with a message is decided by its head. */
export abstract class BodyFilter implements HttpFilter {
  /** Undefined while the body passes as it is. */
  #request: BodyTransform | undefined;
  #response: BodyTransform | undefined;

  /** Looks at a request, and changes its head if its body is to be changed. */
  protected abstract planRequest(head: RequestHead, endStream: boolean): BodyTransform | undefined;
  /** `isAnother`: it takes the place of a response that did not get far. */
  protected abstract planResponse(
    head: ResponseHead,
    endStream: boolean,
    isAnother: boolean,
  ): BodyTransform | undefined;

  onRequestHead(head: RequestHead, endStream: boolean): FilterStatus {
    this.#request = this.planRequest(head, endStream);
    return FilterStatus.next;
  }

  onRequestData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    if (this.#request === undefined) return FilterStatus.next;
    this.#request.add(bytes, start, end, endStream);
    return FilterStatus.take;
  }

  onRequestTrailers(trailers: FieldList): FilterStatus {
    if (this.#request === undefined) return FilterStatus.next;
    this.#request.addTrailers(trailers);
    return FilterStatus.take;
  }

  onRequestDrain(): void {
    this.#request?.drain();
  }

  onResponseHead(head: ResponseHead, endStream: boolean): FilterStatus {
    const before = this.#response;
    before?.stop();
    this.#response = this.planResponse(head, endStream, before !== undefined);
    return FilterStatus.next;
  }

  onResponseData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    if (this.#response === undefined) return FilterStatus.next;
    this.#response.add(bytes, start, end, endStream);
    return FilterStatus.take;
  }

  onResponseTrailers(trailers: FieldList): FilterStatus {
    if (this.#response === undefined) return FilterStatus.next;
    this.#response.addTrailers(trailers);
    return FilterStatus.take;
  }

  onResponseDrain(): void {
    this.#response?.drain();
  }

  onStreamEnd(): void {
    this.#request?.stop();
    this.#response?.stop();
  }
}
