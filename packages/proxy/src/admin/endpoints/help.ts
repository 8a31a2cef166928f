import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** What there is to ask for. */
export function helpText(endpoints: readonly AdminEndpoint[]): string {
  const lines = endpoints.flatMap(({ path, isMutating, description, params }) => [
    `  ${path}${isMutating ? ' (POST)' : ''}: ${description}`,
    ...params.map((param) => `      ${param.name}: ${param.description}`),
  ]);
  return `admin commands are:\n${lines.join('\n')}\n`;
}

/** Prints what there is to ask for. */
export function helpEndpoint(endpoints: () => readonly AdminEndpoint[]): AdminEndpoint {
  return {
    path: '/help',
    description: 'print out list of admin commands',
    isMutating: false,
    params: [],
    handle: () => textAnswer(helpText(endpoints())),
  };
}
