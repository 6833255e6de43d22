"""The functions of the streamed design.

=============  ======================================================================
`handlers`     one module for each Lambda function, in the order of a request
`ingestion`    checks an action and writes it as an event, once
`deciding`     PURE: applies events to an order
`reduction`    decides the events of a batch and writes the results
`pushing`      sends the results to every client
`reading`      reads an order and answers the route ``get``
`connections`  the table of open connections, and the API that sends to them
`records`      events, outcomes and orders
`items`        PURE: records as DynamoDB items, and the transaction that decides events
`wire`         PURE: messages from and to clients
`orders`       the store of sales orders, which the coupled design serves too
`composition`  settings and clients
=============  ======================================================================
"""
