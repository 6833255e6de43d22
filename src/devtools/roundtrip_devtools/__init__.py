"""Tools for developers of a Roundtrip service; never part of what is deployed.

==================================  ================================================================
`roundtrip_devtools.cli`            the command line: ``roundtrip dev``
`roundtrip_devtools.commands`       what each command takes, and what it calls
`roundtrip_devtools.project`        the project around the current folder
`roundtrip_devtools.application`    the stores of a project
`roundtrip_devtools.template`       reads template.yaml
`roundtrip_devtools.conditions`     the template's conditions
`roundtrip_devtools.server`         the dev server: an engine, the table, the API, reload
`roundtrip_devtools.worker`         its worker process: the handler behind the gateway
`roundtrip_devtools.gateway`        an ASGI app that stands where API Gateway stands
`roundtrip_devtools.authmode`       who may call: the choice between NONE, JWT and IAM
`roundtrip_devtools.access`         how the callers of a running dev server are known
`roundtrip_devtools.users`          the two users that it knows
`roundtrip_devtools.issuer`         the local issuer of their tokens
`roundtrip_devtools.authorizer`     checks tokens as API Gateway does
`roundtrip_devtools.signature`      checks signatures as API Gateway does
`roundtrip_devtools.session`        what the dev server answers about users and tokens
`roundtrip_devtools.announcement`   what it says once it is ready
`roundtrip_devtools.routes`         which of the API's routes a request takes
`roundtrip_devtools.event`          a request as an event of payload 2.0, a result as a response
`roundtrip_devtools.container`      calls the handler as a Lambda container does
`roundtrip_devtools.environment`    the environment variables of a local handler
`roundtrip_devtools.static`         the page of the dev server
`roundtrip_devtools.engines`        MiniStack and DynamoDB Local as child processes
`roundtrip_devtools.table`          the table as template.yaml defines it
`roundtrip_devtools.samcli`         the AWS SAM CLI, and uv, by which it builds
`roundtrip_devtools.build`          the function's package
`roundtrip_devtools.deploy`         a deployment, with a package for its processor
`roundtrip_devtools.samlocal`       sam local start-api, and a DynamoDB that its containers reach
`roundtrip_devtools.smoke`          end-to-end cases for an API at any URL
`roundtrip_devtools.credentials`    the headers that open a deployed API
`roundtrip_devtools.clienttypes`    TypeScript types of what the stores take and give
`roundtrip_devtools.bundled`        what the wheel brings beside its code
`roundtrip_devtools.guarded`        a program that ends with whoever started it
`roundtrip_devtools.errors`         every error of these tools, in one tree
==================================  ================================================================
"""

from typing import Final

DISTRIBUTION: Final = "roundtrip-redux-devtools"
"""What this package is called where it is installed from."""
