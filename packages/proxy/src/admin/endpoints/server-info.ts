import { toJson } from '@weft/proto/lite';
import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';

/** What runs here, and since when. */
export const SERVER_INFO: AdminEndpoint = {
  path: '/server_info',
  description: 'print server version/status information',
  isMutating: false,
  params: [],
  handle: (_, { program, state, bootstrap: { node } }) => {
    const uptime = `${state.uptimeS}s`;
    return jsonAnswer({
      version: program.version,
      state: state.name,
      uptime_current_epoch: uptime,
      uptime_all_epochs: uptime,
      hot_restart_version: 'disabled',
      command_line_options: program.options,
      node: node === undefined ? {} : toJson(node, { useProtoNames: true }),
    });
  },
};
