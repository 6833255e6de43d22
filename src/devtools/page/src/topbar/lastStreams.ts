import { newStream } from '../route';
import type { AppName, Stream } from '../stores/apps';

const last = new Map<AppName, Stream>();

/** The stream of an app that was open last, or a new one. */
export function streamOf(app: AppName): Stream {
  const known = last.get(app) ?? newStream(app);
  last.set(app, known);
  return known;
}

export function remember(stream: Stream): void {
  last.set(stream.app, stream);
}
