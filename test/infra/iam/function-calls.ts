import { arnOf, type Calls, elsewhere, item, on, tableArn, update } from './calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

/** All that a tool over an existing function, or over a server, might try beside its own call. */
export function functionCalls(policies: DeployedPolicies): Calls {
  const loyalty = arnOf(policies, 'Lambda::Function', 'LoyaltyFunction');
  const table = tableArn(policies, 'LoyaltyTable');
  const invoke = (end: string) => on(elsewhere('lambda', `function:${end}`), 'lambda:InvokeFunction');
  return {
    'invoke the loyalty function': on(loyalty, 'lambda:InvokeFunction'),
    'invoke a version of the loyalty function': on(`${loyalty}:7`, 'lambda:InvokeFunction'),
    'invoke the loyalty function of another deployment': invoke('other-shop-loyalty'),
    'invoke a function whose name begins alike': invoke('countersign-shop-loyalty-admin'),
    'invoke a function of somebody else': invoke('payroll'),
    'invoke a function of the control plane by its name': invoke('countersign-control-Authorize-0123'),
    'invoke an executor by its name': invoke('countersign-execute-retail'),
    'replace the code of the loyalty function': on(loyalty, 'lambda:UpdateFunctionCode'),
    'change the settings of the loyalty function': on(loyalty, 'lambda:UpdateFunctionConfiguration'),
    'read the code of the loyalty function': on(loyalty, 'lambda:GetFunction'),
    'let others invoke the loyalty function': on(loyalty, 'lambda:AddPermission'),
    'throttle the loyalty function': on(loyalty, 'lambda:PutFunctionConcurrency'),
    'delete the loyalty function': on(loyalty, 'lambda:DeleteFunction'),
    'read a balance': item('GetItem', table, 'acme#lena_hofer_4821'),
    'change a balance': update(table, 'acme#lena_hofer_4821', ['member', 'points']),
    'scan the balances': on(table, 'dynamodb:Scan'),
    "read the stock server's token": on(
      arnOf(policies, 'SecretsManager::Secret', 'Secretstockapitoken'),
      'secretsmanager:GetSecretValue',
    ),
    "replace the stock server's token": on(
      arnOf(policies, 'SecretsManager::Secret', 'Secretstockapitoken'),
      'secretsmanager:PutSecretValue',
    ),
  };
}
