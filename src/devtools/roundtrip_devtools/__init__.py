"""Tools for developers of a Roundtrip service; never part of what is deployed.

========================  ==========================================================
`roundtrip_devtools.cli`            the command line: ``python -m roundtrip_devtools dev``
`roundtrip_devtools.server`         the dev server: an engine, the table, the API, reload
`roundtrip_devtools.worker`         its worker process: the handler behind the gateway
`roundtrip_devtools.gateway`        an ASGI app that stands where API Gateway stands
`roundtrip_devtools.routes`         which of the API's routes a request takes
`roundtrip_devtools.event`          a request as an event of payload 2.0, a result as a response
`roundtrip_devtools.container`      calls the handler as a Lambda container does
`roundtrip_devtools.environment`    the environment variables of a local handler
`roundtrip_devtools.engines`        MiniStack and DynamoDB Local as child processes
`roundtrip_devtools.table`          the table as template.yaml defines it
`roundtrip_devtools.template`       reads template.yaml
`roundtrip_devtools.deploy`         for which processor make deploy builds
`roundtrip_devtools.guarded`        a program that ends with whoever started it
`roundtrip_devtools.samlocal`       sam local start-api, and a DynamoDB that its containers reach
`roundtrip_devtools.smoke`          end-to-end cases for an API at any URL
`roundtrip_devtools.credentials`    the headers that open a deployed API
`roundtrip_devtools.audit`          looks pinned packages up among known vulnerabilities
`roundtrip_devtools.project`        where things are in the project
`roundtrip_devtools.errors`         every error of these tools, in one tree
========================  ==========================================================
"""
