import { arnOf, type Calls, item, on, tableArn, update } from './calls.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import { functionCalls } from './function-calls.ts';

// "the" order, customer, product and item are those that the calls in tool-cases.ts are about

export const ORDER = '#W0000001';
export const CUSTOMER = 'lena_hofer_4821';
export const PRODUCT = '1000000001';
export const ITEM = '2000000001';
export const EMAIL = 'Lena@Example.com';

const WRITTEN = ['id', 'document', 'version', 'lastCall'];
const WRITTEN_OF_CUSTOMER = [...WRITTEN, 'emailKey', 'nameZipKey'];
const IN_A_TRANSACTION = { 'dynamodb:EnclosingOperation': 'TransactWriteItems' };

/** All that a tool of the shop, or somebody who has taken one over, might try on what the shop has. */
export function shopCalls(policies: DeployedPolicies): Calls {
  return {
    ...orderCalls(policies),
    ...customerCalls(policies),
    ...productCalls(policies),
    ...functionCalls(policies),
  };
}

function orderCalls(policies: DeployedPolicies): Calls {
  const orders = tableArn(policies, 'orders');
  const order = `acme#${ORDER}`;
  return {
    'read the order': item('GetItem', orders, order),
    'read another order': item('GetItem', orders, 'acme##W0000002'),
    'read the same order of another tenant': item('GetItem', orders, `globex#${ORDER}`),
    'read an order without saying which': on(orders, 'dynamodb:GetItem'),
    'change the order': update(orders, order, WRITTEN, IN_A_TRANSACTION),
    'change another order': update(orders, 'acme##W0000002', WRITTEN, IN_A_TRANSACTION),
    'change the same order of another tenant': update(orders, `globex#${ORDER}`, WRITTEN, IN_A_TRANSACTION),
    'change an order without saying which': on(orders, 'dynamodb:UpdateItem'),
    'replace the order': item('PutItem', orders, order),
    'replace another order': item('PutItem', orders, 'acme##W0000002'),
    'require something of the order': item('ConditionCheckItem', orders, order),
    'require something of another order': item('ConditionCheckItem', orders, 'acme##W0000002'),
    'delete the order': item('DeleteItem', orders, order),
    'query the order': item('Query', orders, order),
    'read the order in a batch': item('BatchGetItem', orders, order),
    'write the order in a batch': item('BatchWriteItem', orders, order),
    'read the order by PartiQL': item('PartiQLSelect', orders, order),
    'scan the orders': on(orders, 'dynamodb:Scan'),
    'describe the table of orders': on(orders, 'dynamodb:DescribeTable'),
    'export the table of orders': on(orders, 'dynamodb:ExportTableToPointInTime'),
    'delete the table of orders': on(orders, 'dynamodb:DeleteTable'),
  };
}

function customerCalls(policies: DeployedPolicies): Calls {
  const customers = tableArn(policies, 'customers');
  const [byEmail, byNameZip] = [`${customers}/index/byEmail`, `${customers}/index/byNameZip`];
  return {
    'read the customer': item('GetItem', customers, `acme#${CUSTOMER}`),
    'read another customer': item('GetItem', customers, 'acme#omar_haddad_1111'),
    'read the same customer of another tenant': item('GetItem', customers, `globex#${CUSTOMER}`),
    'change the customer': update(customers, `acme#${CUSTOMER}`, WRITTEN_OF_CUSTOMER, IN_A_TRANSACTION),
    'change another customer': update(customers, 'acme#omar_haddad_1111', WRITTEN_OF_CUSTOMER),
    'change the same customer of another tenant': update(
      customers,
      `globex#${CUSTOMER}`,
      WRITTEN_OF_CUSTOMER,
    ),
    'replace the customer': item('PutItem', customers, `acme#${CUSTOMER}`),
    'require something of the customer': item('ConditionCheckItem', customers, `acme#${CUSTOMER}`),
    'delete the customer': item('DeleteItem', customers, `acme#${CUSTOMER}`),
    'query the customer': item('Query', customers, `acme#${CUSTOMER}`),
    'scan the customers': on(customers, 'dynamodb:Scan'),
    'find the customer by e-mail': item('Query', byEmail, 'acme#lena@example.com'),
    'find another customer by e-mail': item('Query', byEmail, 'acme#omar@example.com'),
    'find the customer by e-mail in another tenant': item('Query', byEmail, 'globex#lena@example.com'),
    'find a customer by e-mail without saying whom': on(byEmail, 'dynamodb:Query'),
    'scan the e-mail addresses': on(byEmail, 'dynamodb:Scan'),
    'find the customer by name': item('Query', byNameZip, 'acme#lena#hofer#10001'),
    'find another customer by name': item('Query', byNameZip, 'acme#omar#haddad#10001'),
    'find the customer by name in another tenant': item('Query', byNameZip, 'globex#lena#hofer#10001'),
    'scan the names': on(byNameZip, 'dynamodb:Scan'),
  };
}

function productCalls(policies: DeployedPolicies): Calls {
  const products = tableArn(policies, 'products');
  const byTenant = `${products}/index/byTenant`;
  return {
    'read the product': item('GetItem', products, `acme#${PRODUCT}`),
    'read another product': item('GetItem', products, 'acme#1000000002'),
    'read the same product of another tenant': item('GetItem', products, `globex#${PRODUCT}`),
    'read a product of a tenant whose name begins alike': item('GetItem', products, `acme-eu#${PRODUCT}`),
    'look the item up': item('GetItem', products, `acme#item#${ITEM}`),
    'look another item up': item('GetItem', products, 'acme#item#2000000002'),
    'change the product': update(products, `acme#${PRODUCT}`, WRITTEN),
    'query the product': item('Query', products, `acme#${PRODUCT}`),
    'list the products': item('Query', byTenant, 'acme'),
    'list the products of another tenant': item('Query', byTenant, 'globex'),
    'scan the products': on(products, 'dynamodb:Scan'),
    "read the helpdesk's token": on(
      arnOf(policies, 'SecretsManager::Secret', 'Secrethelpdeskapitoken'),
      'secretsmanager:GetSecretValue',
    ),
  };
}
