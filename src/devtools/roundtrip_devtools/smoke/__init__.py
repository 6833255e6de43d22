"""End-to-end cases for an API that runs anywhere: ``python -m roundtrip_devtools smoke --url URL``.

==============  ================================================================
`run`           runs the cases against a target and prints a line each
`cases`         the cases
`api`           what a case is given: requests, and orders that do not outlast it
`client`        HTTP
`answer`        what was answered, and what was expected
`orders`        the order that the cases make
`interruption`  signals that ask to stop
==============  ================================================================
"""
