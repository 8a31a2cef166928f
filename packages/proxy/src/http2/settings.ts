import { Fault, type Http2Fault } from './fault.ts';
import { DEFAULT_WINDOW, MAX_FRAME_BYTES, MAX_WINDOW, readUint32 } from './frame.ts';

/** RFC 9113 §6.5.2 and RFC 8441 §3. */
export const SettingId = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const;

/** A setting takes so many bytes. */
export const SETTING_BYTES = 6;
/** Streams a peer is taken to allow before it says so (the least that §6.5.2 recommends). */
const STREAMS_BEFORE_SETTINGS = 100;
const LARGEST_FRAME_SIZE = 2 ** 24 - 1;

/** What the peer announced. */
export class PeerSettings {
  initialWindowSize = DEFAULT_WINDOW;
  maxConcurrentStreams = STREAMS_BEFORE_SETTINGS;
  allowsConnect = false;
  readonly #setTableSize: (size: number) => void;
  readonly #isServer: boolean;

  constructor(isServer: boolean, setTableSize: (size: number) => void) {
    this.#isServer = isServer;
    this.#setTableSize = setTableSize;
  }

  /** A first SETTINGS frame that does not limit streams allows any number. */
  beginFirst(): void {
    this.maxConcurrentStreams = MAX_WINDOW;
  }

  /** Takes over the settings in bytes[start, end), whose length is a multiple of SETTING_BYTES. */
  apply(bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    for (let at = start; at < end; at += SETTING_BYTES) {
      const fault = this.#set((bytes[at]! << 8) | bytes[at + 1]!, readUint32(bytes, at + 2));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #set(id: number, value: number): Http2Fault | undefined {
    switch (id) {
      case SettingId.headerTableSize:
        this.#setTableSize(value);
        return undefined;
      case SettingId.enablePush:
        return value > (this.#isServer ? 1 : 0) ? Fault.badSetting : undefined;
      case SettingId.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return undefined;
      case SettingId.initialWindowSize:
        if (value > MAX_WINDOW) return Fault.badWindowSetting;
        this.initialWindowSize = value;
        return undefined;
      case SettingId.maxFrameSize:
        return value < MAX_FRAME_BYTES || value > LARGEST_FRAME_SIZE ? Fault.badSetting : undefined;
      case SettingId.enableConnectProtocol:
        if (value > 1 || (value === 0 && this.allowsConnect)) return Fault.badSetting;
        this.allowsConnect = value === 1;
        return undefined;
      default:
        return undefined;
    }
  }
}
