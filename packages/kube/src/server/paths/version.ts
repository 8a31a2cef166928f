/** `/version`: the Kubernetes API level that the server speaks, and what it really is. */
import { type ApiRequest, type ApiResponse, jsonResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';

/** Clients choose their behaviour by this level; it is the newest whose API the server has. */
export const API_LEVEL = { major: '1', minor: '34' } as const;

/** The version endpoint. */
export function versionHandler(weftVersion: string): PathHandler {
  const document = {
    ...API_LEVEL,
    gitVersion: `v${API_LEVEL.major}.${API_LEVEL.minor}.0+weft-${weftVersion}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
  return {
    name: 'version',
    answer(request: ApiRequest): ApiResponse | undefined {
      return request.path === '/version' || request.path === '/version/' ? jsonResponse(200, document) : undefined;
    },
  };
}
