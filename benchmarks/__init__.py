"""Measures the coupled design against the streamed one, and both against a bare client.

==================  ==========================================================================
`run`               measures everything on this machine
`deployed`          measures stacks on AWS
`samples`           the raw samples, as CSV: all that a report is made from
`targets`           what is measured: the coupled service, the streamed design, the floors
`measures`          the measurements: latency, growth, cold start, memory, capacity units
``micro/``          pytest-benchmark suites of the service's parts
``streamed/``       the streamed design as it would be deployed: template and functions
`streamed_local`    runs it on this machine, on DynamoDB Local's streams
`model`             both designs on AWS: prices, step latencies, limits, a simulation
`report`            raw samples to Markdown and plots
==================  ==========================================================================
"""
