import { toJson } from '@weft/proto/lite';
import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';

/** What runs here, and since when. */
export const SERVER_INFO: AdminEndpoint = {
  path: '/server_info',
  description: 'print server version/status information',
  isMutating: false,
  params: [],
  handle: (_, { clock, program, state, bootstrap: { node } }) => {
    const { firstStartMs = clock.now() - state.ageMs } = program;
    return jsonAnswer({
      version: program.version,
      state: state.name,
      uptime_current_epoch: `${state.uptimeS}s`,
      uptime_all_epochs: `${Math.floor((clock.now() - firstStartMs) / 1000)}s`,
      hot_restart_version: program.hotRestartVersion ?? 'disabled',
      command_line_options: program.options,
      node: node === undefined ? {} : toJson(node, { useProtoNames: true }),
    });
  },
};
