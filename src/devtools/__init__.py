"""Tools for developers of a Roundtrip service; never part of what is deployed.

========================  ==========================================================
`devtools.cli`            the command line: ``python -m devtools dev``
`devtools.server`         the dev server: an engine, the table, the API, reload
`devtools.worker`         its worker process: the handler behind the gateway
`devtools.gateway`        an ASGI app that stands where API Gateway stands
`devtools.routes`         which of the API's routes a request takes
`devtools.event`          a request as an event of payload 2.0, a result as a response
`devtools.container`      calls the handler as a Lambda container does
`devtools.environment`    the environment variables of a local handler
`devtools.engines`        MiniStack and DynamoDB Local as child processes
`devtools.table`          the table as template.yaml defines it
`devtools.template`       reads template.yaml
`devtools.deploy`         for which processor make deploy builds
`devtools.guarded`        a program that ends with whoever started it
`devtools.samlocal`       sam local start-api, and a DynamoDB that its containers reach
`devtools.smoke`          end-to-end cases for an API at any URL
`devtools.credentials`    the headers that open a deployed API
`devtools.audit`          looks pinned packages up among known vulnerabilities
`devtools.project`        where things are in the project
`devtools.errors`         every error of these tools, in one tree
========================  ==========================================================
"""
