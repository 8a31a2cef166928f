import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { within } from '@weft/testkit';
import type { Exchange } from '../case.ts';
import type { TestFiles } from '../files.ts';

/** Opens the connection of an exchange. */
export async function openConnection(exchange: Exchange, port: number, files: TestFiles): Promise<Socket> {
  const socket = connectTcp({
    port,
    host: '127.0.0.1',
    allowHalfOpen: exchange.http2 === undefined,
    ...(exchange.from === undefined ? {} : { localAddress: exchange.from }),
  });
  socket.setNoDelay(true);
  await within(`a connection for ${exchange.name}`, once(socket, 'connect'));
  return exchange.tls === undefined ? socket : secure(exchange, socket, files);
}

async function secure({ name, tls = {} }: Exchange, socket: Socket, files: TestFiles): Promise<TLSSocket> {
  const secured = connectTls({
    socket,
    ca: files.caPem,
    // The name that is asked for is part of the test, whether or not the certificate has it.
    rejectUnauthorized: false,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.alpn === undefined ? {} : { ALPNProtocols: [...tls.alpn] }),
    ...(tls.isAuthenticated === true ? { cert: files.client.certificatePem, key: files.client.keyPem } : {}),
  });
  await within(`a TLS handshake for ${name}`, once(secured, 'secureConnect'));
  return secured;
}
