"""The measurements; each yields rows of `benchmarks.samples`."""
