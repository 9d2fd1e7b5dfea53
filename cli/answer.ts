import type { ApiError } from '../contracts/api.ts';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';

/** Statuses with which a gateway says that nobody behind it answered. */
const NOBODY_THERE = [502, 503, 504];

/**
 * Reads an answer of the API.
 *
 * @throws CommandFailure for every status but 2xx, and for a body that is not JSON
 */
export async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parseJson(text);
  if (response.ok && body !== undefined) {
    return body;
  }

  const { status } = response;
  const { error } = isApiError(body)
    ? body
    : { error: { code: `http_${status}`, message: unnamed(status, text) } };
  throw new CommandFailure(error.message, { ...error, exitCode: exitCodeOf(status) });
}

function exitCodeOf(status: number): ExitCode {
  if (status === 400) {
    return EXIT.usage;
  }
  return NOBODY_THERE.includes(status) ? EXIT.unreachable : EXIT.refused;
}

function unnamed(status: number, text: string): string {
  const said = text.trim().slice(0, 200) || 'an empty body';
  const remedy =
    status === 403 ? ', check whether your credentials may call the api and have not expired' : '';
  return `the api answered ${status} with ${said}, expected json${remedy}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isApiError(body: unknown): body is ApiError {
  const error = (body as ApiError | undefined)?.error;
  return typeof error?.code === 'string' && typeof error.message === 'string';
}
