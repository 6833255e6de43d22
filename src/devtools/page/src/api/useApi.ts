import { createContext, use } from 'react';
import type { Api } from './openapi';

export const ApiContext = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === undefined) throw new Error('expected an ApiContext above, found none');
  return api;
}
