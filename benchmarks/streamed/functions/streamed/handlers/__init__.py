"""The Lambda functions; each makes its clients when it is imported, before the first call."""
