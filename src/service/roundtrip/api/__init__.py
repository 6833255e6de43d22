"""The Lambda edge: HTTP in, HTTP out.

======================  ==============================================================
`handler`               handles an event: finds the endpoint, reports errors, logs
`router`                finds the endpoint of a method and path
`store_endpoints`       ``/stores/...``: dispatch, state, events, listing
`slice_endpoints`       ``.../slices/...``: reads of a part of a state
`entity_endpoints`      ``.../slices/...``: the CRUD face of a slice that holds entities
`named_slices`          the slices of a store, and which have a CRUD face
`collection_endpoints`  ``/{collection}/...``: the CRUD face of a store
`socket_endpoints`      ``/sockets``: tickets for WebSockets
`crud_contract`         what a store must provide to be served as a collection
`request`               one HTTP request, as the endpoints see it
`body`                  reads the JSON body
`parameters`            reads headers, query and path
`identity`              determines the caller and their namespace
`validation`            validates actions with their pydantic models
`responses`             builds the responses
`compression`           compresses large responses, and refuses those that do not fit
`http_errors`           the errors of HTTP itself
`problem_details`       converts errors to RFC 9457 problem details
`access_log`            writes one log line with metrics for each request
`service`               what all requests share: engine, validator, settings
`settings`              the environment variables of a deployment
`openapi`               the OpenAPI document
======================  ==============================================================
"""
