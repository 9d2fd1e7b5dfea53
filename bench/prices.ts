/** One unit price. */
export interface Price {
  readonly usd: number;
  /** What one costs `usd`. */
  readonly unit: string;
  readonly source: string;
  /** Year and month in which the source said so. */
  readonly asOf: string;
}

/** List prices of us-east-1, before free tiers and discounts. */
const AS_OF = '2026-11';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const STEP_FUNCTIONS = 'https://aws.amazon.com/step-functions/pricing/';
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const S3 = 'https://aws.amazon.com/s3/pricing/';
const KMS = 'https://aws.amazon.com/kms/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const X_RAY = 'https://aws.amazon.com/xray/pricing/';

const perMillion = (usd: number) => usd / 1_000_000;

export const PRICES = {
  lambdaRequest: { usd: perMillion(0.2), unit: 'request', source: LAMBDA, asOf: AS_OF },
  /** Of arm64, the first tier. */
  lambdaGigabyteSecond: { usd: 0.0000133334, unit: 'GB-second', source: LAMBDA, asOf: AS_OF },
  standardTransition: { usd: perMillion(25), unit: 'transition', source: STEP_FUNCTIONS, asOf: AS_OF },
  expressRequest: { usd: perMillion(1), unit: 'request', source: STEP_FUNCTIONS, asOf: AS_OF },
  expressGigabyteSecond: { usd: 0.00001667, unit: 'GB-second', source: STEP_FUNCTIONS, asOf: AS_OF },
  writeUnit: { usd: perMillion(0.625), unit: 'write unit', source: DYNAMODB, asOf: AS_OF },
  readUnit: { usd: perMillion(0.125), unit: 'read unit', source: DYNAMODB, asOf: AS_OF },
  s3Put: { usd: perMillion(5), unit: 'put', source: S3, asOf: AS_OF },
  s3Get: { usd: perMillion(0.4), unit: 'get', source: S3, asOf: AS_OF },
  /** The first 50 TB. */
  s3GigabyteMonth: { usd: 0.023, unit: 'GB-month', source: S3, asOf: AS_OF },
  /** Of an asymmetric key other than RSA 2048. */
  kmsSignature: { usd: perMillion(15), unit: 'signature', source: KMS, asOf: AS_OF },
  logGigabyte: { usd: 0.5, unit: 'GB ingested', source: CLOUDWATCH, asOf: AS_OF },
  /** Counted because they take time; AWS does not charge for them. */
  stsRequest: { usd: 0, unit: 'request', source: 'https://aws.amazon.com/iam/faqs/', asOf: AS_OF },
  trace: { usd: perMillion(5), unit: 'trace', source: X_RAY, asOf: AS_OF },
} as const satisfies Readonly<Record<string, Price>>;

/** Sizes and steps by which the services bill, and what is assumed because nothing here can measure it. */
export const BILLING = {
  expressStepMilliseconds: 100,
  /** The least that an Express execution is billed; ours keep a few kilobytes of state. */
  expressMegabytes: 64,
  bytesPerGigabyte: 1024 ** 3,
  /** Assumed: `platform.start` and `platform.report` as Lambda writes them in JSON, with what ingestion adds. */
  platformLogBytesPerInvocation: 700,
  /** Assumed: X-Ray's default rule beyond its first request a second. */
  tracedShare: 0.05,
  /** Assumed: of a small request to S3, DynamoDB or KMS from a function in the same region. */
  requestMilliseconds: 30,
} as const;
