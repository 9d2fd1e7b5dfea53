/**
 * The never-arrows of docs/design.md. Each rule's name is what a reader is told when it is broken.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const steps =
  'open-run|plan|authorize|execute|countersign|close-run|reconcile|resume-run|seal|checkpoint|api|slack-interactions|tell-people';

module.exports = {
  forbidden: [
    {
      name: 'contracts-import-nothing',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { pathNot: '^contracts/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'domain knows the rules only: contracts, zod, ipaddr.js, hashing, and validator for the check digits of redaction',
      severity: 'error',
      from: { path: '^domain/' },
      to: {
        pathNot: [
          '^domain/',
          '^contracts/',
          '^node_modules/(zod|ipaddr\\.js|validator)/',
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'steps-do-not-import-each-other',
      severity: 'error',
      from: { path: `^functions/(${steps})/` },
      to: { path: `^functions/(${steps})/`, pathNot: '^functions/$1/' },
    },
    {
      name: 'only-executors-run-tools',
      comment:
        'definitions and facts may be read by everybody, handlers only by their executor; a bench compares',
      severity: 'error',
      from: { pathNot: ['^functions/tools/', '^test/', '^bench/.*-handler\\.ts$'] },
      to: { path: '^functions/tools/.*/handlers?\\.ts$' },
    },
    {
      name: 'tools-know-execute-and-no-other-step',
      severity: 'error',
      from: { path: '^functions/tools/' },
      to: { path: `^functions/(${steps})/`, pathNot: '^functions/execute/executor\\.ts$' },
    },
    {
      name: 'only-the-guard-opens-connections',
      comment:
        'whatever a tool sends to others goes through functions/adapters/egress, with its list of destinations',
      severity: 'error',
      from: { path: '^(domain|functions)/', pathNot: '^functions/adapters/egress/' },
      to: { path: '^(node:)?(http|https|http2|net|tls|dns|dns/promises|dgram)$' },
    },
    {
      name: 'functions-import-no-infra',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: ['^infra/', '^cli/', '^node_modules/(aws-cdk-lib|constructs|cdk-nag)/'] },
    },
    {
      name: 'infra-names-handlers-by-path',
      comment: 'infra bundles entry files; it reads tool definitions, and no other part of the functions',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^functions/', pathNot: '^functions/tools/registry\\.ts$' },
    },
    {
      name: 'command-line-knows-contracts-only',
      comment:
        'and of cli/policy, cli/costs, cli/measures, cli/receipt, cli/replay and cli/audit only that there are such commands',
      severity: 'error',
      from: { path: '^cli/', pathNot: '^cli/(policy|costs|measures|receipt|replay|audit)/' },
      to: {
        path: [
          '^(domain|functions|infra|local|bench|test)/',
          '^cli/(policy|costs|measures|receipt|replay|audit)/',
        ],
        pathNot: '^cli/(policy|costs|measures|receipt|replay|audit)/command\\.ts$',
      },
    },
    {
      name: 'the-verifier-does-not-know-the-writer',
      comment:
        'cli/audit proves what others wrote: beside contracts it knows how the command line connects, fails and prints, and nothing that writes',
      severity: 'error',
      from: { path: '^cli/audit/' },
      to: {
        path: '^(domain|functions|infra|local|bench|test|cli)/',
        pathNot: [
          '^cli/audit/',
          '^cli/(connection|failure|output)\\.ts$',
          '^cli/log/(period|days)\\.ts$',
          '^cli/render/(duration|text)\\.ts$',
        ],
      },
    },
    {
      name: 'costs-command-knows-metering',
      comment:
        'cli/costs meters as the product does, by the prices of a folder of policies; of tools it knows what they declare',
      severity: 'error',
      from: { path: '^cli/costs/' },
      to: {
        path: ['^(domain|functions|infra|local|bench|test)/', '^cli/(policy|replay)/'],
        pathNot: [
          '^domain/(metering|budget)/',
          '^infra/policy/documents\\.ts$',
          '^functions/tools/registry\\.ts$',
        ],
      },
    },
    {
      name: 'review-measures-know-approvals',
      comment:
        'cli/measures measures as the product records, and writes cases of policies; of tools it knows what they declare',
      severity: 'error',
      from: { path: '^cli/measures/' },
      to: {
        path: ['^(domain|functions|infra|local|bench|test)/', '^cli/(policy|costs|replay)/'],
        pathNot: ['^domain/approval/', '^functions/tools/registry\\.ts$'],
      },
    },
    {
      name: 'receipts-know-the-account',
      comment:
        'cli/receipt makes a receipt of a copy of the log as the api does, at the prices of a folder of policies',
      severity: 'error',
      from: { path: '^cli/receipt/', pathNot: '^cli/receipt/verify/' },
      to: {
        path: ['^(domain|functions|infra|local|bench|test)/', '^cli/(policy|costs|measures|replay)/'],
        pathNot: ['^domain/(audit|log)/', '^infra/policy/documents\\.ts$'],
      },
    },
    {
      name: 'receipts-are-verified-without-their-writer',
      comment:
        'what verifies a receipt hashes and follows paths by itself, and makes the account again; nothing that writes or proves is in it',
      severity: 'error',
      from: { path: '^cli/receipt/verify/' },
      to: {
        path: [
          '^(domain|functions|infra|local|bench|test)/',
          '^cli/(policy|costs|measures|replay|receipt/[^/]+\\.ts)',
        ],
        pathNot: '^domain/audit/(receipt|run-account|of-type|proof-in-words)\\.ts$',
      },
    },
    {
      name: 'policy-commands-know-how-to-decide',
      comment:
        'cli/policy is a tool for whoever writes policies: it builds and decides as the product does, and knows no step and no handler',
      severity: 'error',
      from: { path: '^cli/policy/' },
      to: {
        path: ['^(domain|functions|infra|local|bench|test)/', '^cli/(costs|measures|replay)/'],
        pathNot: [
          '^domain/',
          '^infra/policy/',
          '^functions/adapters/cedar[^/]*\\.ts$',
          '^functions/tools/registry\\.ts$',
        ],
      },
    },
    {
      name: 'replay-decides-as-policy-commands-do',
      comment:
        'cli/replay opens policies as cli/policy does, and those of the log beside them; it knows no step, no handler and no stack',
      severity: 'error',
      from: { path: '^cli/replay/' },
      to: {
        path: ['^(domain|functions|infra|local|bench|test)/', '^cli/(policy|costs|measures)/'],
        pathNot: [
          '^domain/',
          '^cli/policy/(project|session)\\.ts$',
          '^functions/adapters/cedar[^/]*\\.ts$',
          '^functions/tools/registry\\.ts$',
        ],
      },
    },
    {
      name: 'product-imports-no-test-local-bench',
      severity: 'error',
      from: { path: '^(contracts|domain|functions|infra|cli)/' },
      to: { path: '^(test|local|bench)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(cdk\\.out|\\.local)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
