"""The measurements, each a module that yields rows of `benchmarks.samples`.

================  =============================================================================
`latency`         how long a request takes, target beside target
`timeline`        one request, step by step
`growth`          latency and capacity units against what grows
`writers`         writers at the same time
`units`           capacity units of one action in the coupled design
`streamed_units`  the same in the streamed design
`cold`            starts of fresh processes
`imports`         what each module costs to import
`memory`          resident memory while a process serves
`micro`           the parts of the service alone
`package`         the size of what is deployed
`deployed`        latency of deployed stacks
================  =============================================================================
"""
