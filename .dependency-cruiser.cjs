// Which room may import which: master, worker and userland stand on helper and never on each other; they meet at the API.
const rooms = ['master', 'worker', 'userland'];
module.exports = {
  forbidden: [
    ...rooms.map((room) => ({
      name: `${room}-imports-only-helper`,
      comment: `${room}/ may import itself and helper/; components of different rooms meet at the API, not in the module graph.`,
      severity: 'error',
      // The composition root is the one place that names every component, so that one process can run them all.
      from: { path: `^${room}/`, pathNot: '^userland/cluster/(all-in-one|components)\\.ts$|\\.test\\.ts$' },
      to: { path: `^(${rooms.filter((other) => other !== room).join('|')}|test)/` },
    })),
    {
      name: 'helper-imports-no-room',
      severity: 'error',
      from: { path: '^helper/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(master|worker|userland|test)/' },
    },
    {
      name: 'controllers-are-islands',
      comment: 'A controller never imports another controller, and nothing of the api-server.',
      severity: 'error',
      from: { path: '^master/controllers/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^master/', pathNot: '^master/controllers/$1/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
  },
};
