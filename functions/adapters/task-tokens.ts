import { createHash } from 'node:crypto';
import {
  DecryptCommand,
  EncryptCommand,
  InvalidCiphertextException,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { ENV } from '../../contracts/environment.ts';
import { environment } from '../runtime/environment.ts';
import type { ApprovalRecord, ApprovalRef, SealedToken } from './approvals.ts';

/** Encrypts a task token for one approval. */
export type TokenSealer = (taskToken: string, approval: ApprovalRef) => Promise<SealedToken>;

/** The token that an approval's machine waits on; undefined when none waits. */
export type TokenOpener = (
  approval: Pick<ApprovalRecord, 'tenant' | 'approvalId' | 'sealedToken'>,
) => Promise<string | undefined>;

/** INVARIANT: a token that is put under another approval does not open. Trails of KMS show which approval it was for. */
function contextOf({ tenant, approvalId }: ApprovalRef): Record<string, string> {
  return { tenant, approvalId };
}

export function tokenSealer(kms: Pick<KMSClient, 'send'>): TokenSealer {
  return async (taskToken, approval) => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({
        KeyId: environment(ENV.tokenKey),
        Plaintext: Buffer.from(taskToken),
        EncryptionContext: contextOf(approval),
      }),
    );
    if (CiphertextBlob === undefined) {
      throw new Error('kms gave no ciphertext for a task token');
    }
    return {
      sealedToken: Buffer.from(CiphertextBlob).toString('base64'),
      tokenDigest: createHash('sha256').update(taskToken).digest('hex'),
    };
  };
}

/** What is kept as a token was not sealed for this approval. It never will be: trying again does not help. */
export class TokenUnreadable extends Error {
  override readonly name = 'TokenUnreadable';
}

/** @throws TokenUnreadable when the token was sealed for another approval, or is none */
export function tokenOpener(kms: Pick<KMSClient, 'send'>): TokenOpener {
  return async ({ sealedToken, ...approval }) => {
    if (sealedToken === undefined) {
      return undefined;
    }
    try {
      const { Plaintext = new Uint8Array() } = await kms.send(
        new DecryptCommand({
          KeyId: environment(ENV.tokenKey),
          CiphertextBlob: Buffer.from(sealedToken, 'base64'),
          EncryptionContext: contextOf(approval),
        }),
      );
      return Buffer.from(Plaintext).toString();
    } catch (error) {
      if (error instanceof InvalidCiphertextException) {
        throw new TokenUnreadable(`the token of approval ${approval.approvalId} was not sealed for it`);
      }
      throw error;
    }
  };
}
