// Our server on a real socket with the resources of a model mesh, for tests with any client.
import { type Clock, type Logger, noopLogger, ok, seededRandom, systemClock } from '@weft/core';
import {
  type AdsClient,
  type AdsLimits,
  type AdsObserver,
  AdsServer,
  GrpcServer,
  type GrpcServerOptions,
  type Nack,
  type ResourceView,
} from '../server/index.ts';
import { ModelMesh } from './model-mesh.ts';

/** What a test may say about the server. */
export interface AdsHostOptions {
  readonly mesh?: ModelMesh;
  /** What clients get when they come, instead of the mesh. */
  readonly open?: () => ResourceView;
  readonly limits?: Partial<AdsLimits>;
  /** What the server under it is told beside what it has to be. */
  readonly grpc?: Partial<GrpcServerOptions>;
  readonly observer?: AdsObserver;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** See the file's head. */
export class AdsHost {
  readonly mesh: ModelMesh;
  readonly ads: AdsServer;
  readonly grpc: GrpcServer;
  /** Every refusal that came. */
  readonly nacks: Nack[] = [];
  /** Why clients went. */
  readonly departures: string[] = [];
  /** Every response that went out: type URL and number of resources. */
  readonly sent: { readonly typeUrl: string; readonly resourceCount: number }[] = [];

  private constructor(options: AdsHostOptions) {
    const { mesh = new ModelMesh(), limits = {}, clock = systemClock, logger = noopLogger } = options;
    const common = { clock, random: seededRandom(1), logger };
    this.mesh = mesh;
    this.ads = new AdsServer({
      ...common,
      identifier: 'weft-test',
      open: () => ok(options.open === undefined ? mesh.view() : options.open()),
      limits,
      observer: {
        ...options.observer,
        onNack: (_client, _answered, nack) => this.nacks.push(nack),
        onDisconnect: (_client, reason) => this.departures.push(reason),
        onSent: (_client, { typeUrl, resourceCount }) => this.sent.push({ typeUrl, resourceCount }),
      },
    });
    this.grpc = new GrpcServer({ ...common, methods: this.ads.methods(), ...options.grpc });
  }

  /** Listens on a free port, or on that of one that was closed. */
  static async start(options: AdsHostOptions = {}, port = 0): Promise<AdsHost> {
    const host = new AdsHost(options);
    await host.grpc.listen({ host: '127.0.0.1', port });
    return host;
  }

  get address(): string {
    return `127.0.0.1:${this.grpc.port}`;
  }

  /** The only client. */
  get client(): AdsClient | undefined {
    const [client] = this.ads.clients;
    return client;
  }

  /** Tells every client what changed since the last time. */
  push(): void {
    const dirty = this.mesh.takeDirty();
    const view = this.mesh.view();
    for (const client of this.ads.clients) client.push(view, dirty);
  }

  async close(): Promise<void> {
    this.ads.close();
    await this.grpc.close();
  }
}
