"""Turns actions into stored state.

=============  =====================================================================
`engine`       combines the modules below over one storage
`messages`     the request to dispatch, its result, and the names of metrics
`dispatcher`   dispatches: loads, reduces, commits, retries
`finder`       finds the head that actions are applied to
`repeats`      answers a repeated request from its receipt
`transaction`  builds the transaction of a dispatch (pure)
`reducing`     reduces the actions of a dispatch, on a state inline or in parts
`history`      reads: the latest state, an older state, what changed, events
`parts`        loads the parts of states, each at the version of its head
`partial`      reads a part of a state: a slice, a page of entities, one entity
`cache`        keeps the heads that this container used last
`retries`      limits the attempts and time of a request
`effects`      clocks, randomness and ids, passed in from outside
=============  =====================================================================
"""
