const TICK_MILLISECONDS = 1000;
/** Without a terminal there is nothing to rewrite, so one line now and then. */
const HEARTBEAT_MILLISECONDS = 10_000;

/** Tells people what a long start is doing. */
export interface Progress {
  /** Something that is done, or begins: a line with the elapsed time. */
  readonly step: (message: string) => void;
  /** What is under way, and how far: shown in place on a terminal, elsewhere now and then. */
  readonly detail: (message: string) => void;
  /** A raw line of a program that runs; shown only when everything is. */
  readonly line: (text: string) => void;
}

export const silent: Progress = { step: () => {}, detail: () => {}, line: () => {} };

/** @param startedAt milliseconds since 1970, from which elapsed times count */
export function progressOn(stream: NodeJS.WriteStream, startedAt: number, verbose = false): Progress {
  let underWay: string | undefined;
  let lastShown = Date.now();
  const write = (message: string, end: string) => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6);
    const erase = stream.isTTY ? '\r\x1b[K' : '';
    stream.write(`${erase}${seconds} s  ${message}${end}`);
    lastShown = Date.now();
  };
  const showUnderWay = () => {
    if (underWay === undefined || verbose) {
      return;
    }
    if (stream.isTTY) {
      write(underWay.slice(0, (stream.columns || 80) - 12), '');
    } else if (Date.now() - lastShown >= HEARTBEAT_MILLISECONDS) {
      write(underWay, '\n');
    }
  };
  setInterval(showUnderWay, TICK_MILLISECONDS).unref();
  return {
    step: (message) => {
      underWay = undefined;
      write(message, '\n');
    },
    detail: (message) => {
      underWay = message;
      showUnderWay();
    },
    line: (text) => {
      if (verbose) {
        stream.write(`            ${text}\n`);
      }
    },
  };
}
