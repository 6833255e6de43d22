import { Injectable, signal } from '@angular/core';

/** Who is signed in. Stands for the application's own service. */
@Injectable({ providedIn: 'root' })
export class Auth {
  /** The access token, or undefined when nobody is signed in. */
  readonly token = signal<string | undefined>(undefined);

  /** The headers that carry the token, as it is when asked. */
  readonly headers = (): Record<string, string> => {
    const token = this.token();
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  };
}
