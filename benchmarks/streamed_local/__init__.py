"""Runs the streamed design on this machine, on real streams of DynamoDB Local.

==============  ==============================================================================
`harness`       where to begin: `harness.streamed` runs the design in a child process
`errors`        the one error of the harness
`definition`    the design: tables, functions, mappings, routes
`template`      reads it from ``benchmarks/streamed/template.yaml``
`child`         the child process: puts the parts together
`control`       the pipe between the two
`functions`     the functions, each in containers of its own
`sockets`       where API Gateway's WebSocket API and its management API stand
`server`        how uvicorn serves them
`messages`      what clients do, as events
`connections`   who is connected, and the management API
`mapping`       where Lambda's event source mapping stands: polls a stream, calls a function
`settings`      what a template can say about a mapping
`gate`          lets all pollers stand still
`shards`        reads the shards of a stream
`records`       stream records as functions get them
`filters`       which records a function is called with
`delivery`      calls a function until every record is done or given up
`batches`       what becomes of a batch: done, tried again, split, given up
`trace`         when the newest request reached each step
==============  ==============================================================================

By hand: ``python -m benchmarks.streamed_local --polling 4hz --port 3001``.
"""
