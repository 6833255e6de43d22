"""The parts of the service alone; ``pytest benchmarks/micro`` times them with pytest-benchmark."""
