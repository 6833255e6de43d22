"""The parts of the service alone: suites for pytest-benchmark.

``pytest benchmarks/micro`` runs them by hand; `benchmarks.measures.micro` runs them for a report.
"""
