import { Injectable, signal } from '@angular/core';

/** Holds the access token. Replace it by the application's own service. */
@Injectable({ providedIn: 'root' })
export class Auth {
  /** The access token; undefined if nobody is signed in. */
  readonly token = signal<string | undefined>(undefined);

  /** Returns headers with the current token. */
  readonly headers = (): Record<string, string> => {
    const token = this.token();
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  };
}
