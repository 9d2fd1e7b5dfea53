import { CommandFailure, EXIT } from '../failure.ts';

/** Attributes that the facts of a new tool can give without reading anything: nothing is known, or nothing is there. */
const KNOWN_OF_NOTHING: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map([
  ['', {}],
  ['exists: Bool', { exists: false }],
]);

/**
 * What facts may say of a resource type before anything has been read; undefined when its attributes cannot be had so.
 *
 * @param schema - `policies/schema.cedarschema`
 */
export function unreadAttributes(
  schema: string,
  type: string,
): Readonly<Record<string, unknown>> | undefined {
  const [, attributes] = new RegExp(`^entity ${type} = \\{(.*)\\};$`, 'm').exec(schema) ?? [];
  const required = attributes
    ?.split(',')
    .map((attribute) => attribute.trim())
    .filter((attribute) => attribute !== '' && !/^("[^"]*"|\w+)\?:/.test(attribute));
  return required && KNOWN_OF_NOTHING.get(required.join(', '));
}

/** @throws CommandFailure when another namespace has this type */
export function checkNewType(schema: string, type: string): void {
  if (new RegExp(`^entity ${type}( =|;)`, 'm').test(schema)) {
    throw new CommandFailure(
      `the Cedar type '${type}' is there already, choose another namespace or add to the one that has it`,
      { code: 'type_exists', exitCode: EXIT.refused },
    );
  }
}
