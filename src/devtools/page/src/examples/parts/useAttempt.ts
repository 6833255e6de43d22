import type { UnknownAction } from '@reduxjs/toolkit';
import { Rejected } from '@roundtrip/client';
import { useState } from 'react';
import { useDispatch } from 'react-redux';

/** Dispatches actions, and keeps the reducer's message if it refuses one. */
export function useAttempt() {
  const dispatch = useDispatch();
  const [refusal, setRefusal] = useState('');
  const attempt = (action: UnknownAction): boolean => {
    try {
      dispatch(action);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      setRefusal(error.message);
      return false;
    }
    setRefusal('');
    return true;
  };
  return { attempt, refusal, refuse: setRefusal };
}
