/** Where a function works, read off the ARN under which it was invoked. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** @param functionArn - `invokedFunctionArn` of the Lambda context */
export function placeOf(functionArn: string): Place {
  const [, partition, , region, account] = functionArn.split(':');
  if (!partition || !region || !account) {
    throw new Error(
      `function arn '${functionArn}': expected arn:partition:lambda:region:account:function:name`,
    );
  }
  return { partition, region, account };
}
