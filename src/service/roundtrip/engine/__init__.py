"""Turns actions into stored state.

=============  =====================================================================
`engine`       combines the modules below over one storage
`messages`     the request to dispatch, its result, and the names of metrics
`dispatcher`   dispatches: loads, reduces, commits, retries
`transaction`  builds the transaction of a dispatch (pure)
`history`      reads: the latest state, an older state, events
`cache`        keeps the heads that this container used last
`retries`      limits the attempts and time of a request
`effects`      clocks, randomness and ids, passed in from outside
=============  =====================================================================
"""
