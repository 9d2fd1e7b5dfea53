import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { buildSync } from 'esbuild';
import { ENV } from '../../contracts/environment.ts';
import { BUNDLE_OPTIONS } from '../../infra/constructs/bundle-options.ts';
import { LOCAL_ACCOUNT, localClient } from '../../local/aws.ts';
import { localFolder, projectRoot } from '../../local/run-folder.ts';
import type { Surroundings } from './surroundings.ts';

const MEGABYTES = 1024;

/** Something that can be called again and again, and says what it answered and how long that took. */
export type Callee = (
  payload: object,
) => Promise<{ readonly answer: unknown; readonly milliseconds: number }>;

/** Deploys a file of `bench/` as a function, bundled and sized like those of the product. @returns invokes it */
export async function benchFunction({ cloud, emulator }: Surroundings, file: string): Promise<Callee> {
  const FunctionName = functionNameOf(file);
  const folder = join(emulator.folder.path, file);
  const [code, archive] = [join(folder, 'index.js'), join(folder, 'code.zip')];
  buildSync({ ...BUNDLE_OPTIONS, entryPoints: [join(projectRoot, 'bench', `${file}.ts`)], outfile: code });
  execFileSync(join(localFolder, 'venv', 'bin', 'python'), ['-m', 'zipfile', '-c', archive, code]);
  const lambda = new LambdaClient(localClient(cloud.endpoint));
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', MemorySize: MEGABYTES },
      Role: `arn:aws:iam::${LOCAL_ACCOUNT}:role/bench`,
      Code: { ZipFile: readFileSync(archive) },
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps', [ENV.prefix]: cloud.prefix } },
    }),
  );
  return timed(async (payload) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
    const text = Buffer.from(answer.Payload ?? '').toString();
    if (answer.FunctionError !== undefined) {
      throw new Error(`${FunctionName} failed: ${text}`);
    }
    return JSON.parse(text);
  });
}

/** The governed-call machine with a function that does nothing in place of both of its own. @returns executes it */
export async function emptyMachine({ cloud }: Surroundings, file: string): Promise<Callee> {
  const stepFunctions = new SFNClient({ ...localClient(cloud.endpoint), disableHostPrefix: true });
  const definition = readFileSync(join(projectRoot, 'statemachines', 'governed-call.asl.json'), 'utf8')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's way to write it
    .replaceAll('${Partition}', 'aws')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's way to write it
    .replaceAll('${AuthorizeFunction}', functionNameOf(file));
  const { stateMachineArn } = await stepFunctions.send(
    new CreateStateMachineCommand({
      ...{ name: 'bench-empty-call', type: 'EXPRESS', definition },
      roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/bench`,
    }),
  );
  return timed(async (payload) => {
    const input = JSON.stringify(payload);
    const { status, output } = await stepFunctions.send(
      new StartSyncExecutionCommand({ stateMachineArn, input }),
    );
    if (status !== 'SUCCEEDED' || output?.includes('"decision": "un')) {
      throw new Error(`the empty machine ended ${status} with ${output}`);
    }
    return output;
  });
}

function functionNameOf(file: string): string {
  return `bench-${file}`;
}

function timed(call: (payload: object) => Promise<unknown>): Callee {
  return async (payload) => {
    const startedAt = performance.now();
    const answer = await call(payload);
    return { answer, milliseconds: performance.now() - startedAt };
  };
}
