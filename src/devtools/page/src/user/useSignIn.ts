import { createContext, use, useSyncExternalStore } from 'react';
import type { Caller, SignIn } from './signIn';

export const SignInContext = createContext<SignIn | undefined>(undefined);

export function useSignIn(): SignIn {
  const signIn = use(SignInContext);
  if (signIn === undefined) throw new Error('expected a SignInContext above, found none');
  return signIn;
}

export function useCaller(): Caller {
  const signIn = useSignIn();
  return useSyncExternalStore(signIn.subscribe, signIn.caller);
}
