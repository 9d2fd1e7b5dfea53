import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { checkpointText, type LogKey, rawPublicKey, signedNote } from '../../../domain/log/note.ts';
import type { Hash } from '../../../domain/log/tree.ts';

/** Signs roots of the log. */
export interface LogSigner {
  /** Asked for once in a container. */
  readonly key: () => Promise<LogKey>;
  /** The signed note of a tree; for one tree always the same, since Ed25519 takes no randomness. */
  readonly sign: (size: number, root: Hash) => Promise<string>;
}

export function logSigner(kms: Pick<KMSClient, 'send'>, keyId: string, origin: string): LogSigner {
  let known: Promise<LogKey> | undefined;
  const key = () => {
    known ??= publicKey(kms, keyId, origin).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    key,
    async sign(size, root) {
      const text = checkpointText({ origin, size, root });
      const { Signature } = await kms.send(
        new SignCommand({
          KeyId: keyId,
          Message: Buffer.from(text),
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      );
      if (Signature === undefined) {
        throw new Error('kms gave no signature for a checkpoint');
      }
      return signedNote(text, await key(), Signature);
    },
  };
}

async function publicKey(kms: Pick<KMSClient, 'send'>, keyId: string, name: string): Promise<LogKey> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  return { name, publicKey: rawPublicKey(PublicKey ?? new Uint8Array()) };
}
