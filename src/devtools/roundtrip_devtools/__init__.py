"""Tools for developers of a Roundtrip service; never part of what is deployed.

==================================  ================================================================
`roundtrip_devtools.cli`            the command line, ``roundtrip``
`roundtrip_devtools.commands`       its commands and their options
`roundtrip_devtools.project`        the project around the current folder, and its stores
`roundtrip_devtools.template`       reads template.yaml
`roundtrip_devtools.server`         the dev server: an engine, the table, reload, its greeting
`roundtrip_devtools.worker`         the app of its worker process: handler, page, session
`roundtrip_devtools.gateway`        an ASGI app that does what API Gateway does
`roundtrip_devtools.event`          requests: their routes, events and responses
`roundtrip_devtools.container`      calls the handler as a Lambda container does
`roundtrip_devtools.access`         decides who may call: two users, the check of signatures
`roundtrip_devtools.tokens`         the local issuer of tokens, and their check
`roundtrip_devtools.environment`    the environment variables of a local handler
`roundtrip_devtools.devdatabase`    where the database of a running dev server is
`roundtrip_devtools.loopback`       ports of the loopback interface
`roundtrip_devtools.engines`        MiniStack and DynamoDB Local as child processes
`roundtrip_devtools.table`          the table in template.yaml on any engine
`roundtrip_devtools.samcli`         the AWS SAM CLI, and uv, which it builds with
`roundtrip_devtools.build`          the function's package
`roundtrip_devtools.deploy`         the processor that a deployment builds for
`roundtrip_devtools.samlocal`       sam local start-api, and a DynamoDB that its containers reach
`roundtrip_devtools.smoke`          end-to-end cases for an API at any URL
`roundtrip_devtools.credentials`    the headers that a deployed API asks for
`roundtrip_devtools.clienttypes`    the TypeScript types of actions and states
`roundtrip_devtools.analysis`       actions as tables that SQL reads
`roundtrip_devtools.logs`           verify, record, migrate and repair the logs of deployed services
`roundtrip_devtools.bundled`        the files in the wheel beside its code
`roundtrip_devtools.children`       what every child process of a pool does first
`roundtrip_devtools.guarded`        a program that ends with the process that started it
`roundtrip_devtools.errors`         the errors of these tools
==================================  ================================================================
"""

from typing import Final

DISTRIBUTION: Final = "roundtrip-redux-devtools"
"""What this package is called where it is installed from."""
