"""The functions of the streamed design.

Handlers, one module each; what they are made of is put together when they are imported:

===================  ============================================================================
`streamed.connect`   routes ``$connect`` and ``$disconnect``: who is connected
`streamed.ingest`    route ``dispatch``: a client's action becomes an event
`streamed.read`      route ``get``: the order as it is
`streamed.reduce`    stream of events: events become the order's next state
`streamed.push`      stream of orders: every client is told
===================  ============================================================================

What they do:

=======================  ========================================================================
`streamed.ingestion`     checks an action and writes it as an event, once
`streamed.deciding`      PURE: what the reducer makes of events
`streamed.reduction`     decides the events of a batch and writes what came of them
`streamed.pushing`       brings messages to connections
`streamed.reading`       answers what an order is
`streamed.connections`   the table of connections
`streamed.sockets`       the API's side of the connections
=======================  ========================================================================

What they speak of:

=======================  ========================================================================
`streamed.records`       events, outcomes, orders
`streamed.items`         records as DynamoDB items, and back
`streamed.requests`      the transaction that decides events
`streamed.wire`          messages of and to clients
`streamed.composition`   settings and clients
=======================  ========================================================================
"""
