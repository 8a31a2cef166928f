/** One of several things that do the same work. */
export interface Peer<T> {
  readonly name: string;
  measure(): Promise<T>;
}

/**
 * Measures peers in turns, a round each, starting every round with another one: what the machine does meanwhile then hits all of them
 * alike. Returns the measurements by peer in the order of the rounds.
 */
export async function alternate<T>(
  peers: ReadonlyArray<Peer<T>>,
  rounds: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(peers.map((peer) => [peer.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < peers.length; turn++) {
      signal?.throwIfAborted();
      const peer = peers[(round + turn) % peers.length]!;
      results.get(peer.name)!.push(await peer.measure());
    }
  }
  return results;
}
