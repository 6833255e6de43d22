"""Measures the coupled design against the streamed one, and both against the floor of boto3.

==================  ==========================================================================
`samples`           the raw samples, as CSV: all that a report is made of
`targets`           what is measured: the coupled service, the streamed design, the floors
`measures`          the measurements: latency, growth, cold start, memory, capacity units
``streamed/``       the streamed design as it would be deployed: template and functions
`streamed_local`    what runs it on this machine, on DynamoDB Local's streams
`model`             both designs on AWS: prices, step latencies, limits, a simulation
`report`            raw samples to Markdown and plots
``micro/``          pytest-benchmark suites of the parts
==================  ==========================================================================
"""
