import type { AdminEndpoint } from '../admin-endpoint.ts';

/** A page with everything there is to ask for; what changes something is a button. */
export function homeEndpoint(endpoints: () => readonly AdminEndpoint[]): AdminEndpoint {
  return {
    path: '/',
    description: 'Admin home page',
    isMutating: false,
    params: [],
    handle: () => ({ status: 200, contentType: 'text/html; charset=UTF-8', body: page(endpoints()) }),
  };
}

/** Nothing of the configuration is on the page, so that there is nothing to escape. */
function page(endpoints: readonly AdminEndpoint[]): string {
  const rows = endpoints.filter(({ path }) => path !== '/').map(row);
  return `<!DOCTYPE html>
<html lang='en'>
<head><meta charset='utf-8'><title>Admin</title></head>
<body><table>
<thead><tr><th>Command</th><th>Description</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></body>
</html>
`;
}

function row({ path, isMutating, description, params }: AdminEndpoint): string {
  const name = path.slice(1);
  const fields = params.map(
    (param) => `<label title='${param.description}'>${param.name} <input name='${param.name}'></label>`,
  );
  const form = `<form action='${name}' method='${isMutating ? 'post' : 'get'}'><button>${name}</button> ${fields.join(' ')}</form>`;
  const command = params.length === 0 && !isMutating ? `<a href='${name}'>${name}</a>` : form;
  return `<tr><td>${command}</td><td>${description}</td></tr>`;
}
