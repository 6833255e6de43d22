"""End-to-end cases for a running API with any stores: ``roundtrip smoke``."""
