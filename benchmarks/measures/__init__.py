"""The measurements; each yields rows of `benchmarks.samples`.

===========  ==================================================================================
`latency`    the time of a request, target beside target
`timeline`   one request, step by step
`growth`     latency and capacity units against what grows
`writers`    writers at the same time
`units`      capacity units of one action, in both designs
`processes`  start, imports and memory of fresh processes
`micro`      the parts of the service alone
`package`    the size of what is deployed
===========  ==================================================================================
"""
