import log from '../log.ts';

/** The command `weft log` by the name that istioctl has for it. */
export default {
  ...log,
  examples: [
    { title: 'The levels of the proxy on this machine', command: 'weft proxy-config log' },
    { title: 'More about routing', command: 'weft pc log --level router:debug' },
  ],
} satisfies typeof log;
