"""End-to-end cases for an API that runs anywhere, whatever its stores: ``roundtrip smoke``.

==============  ================================================================
`run`           runs the cases against a target and prints a line each
`attempt`       runs one of them, and leaves nothing behind
`cases`         the cases
`api`           what a case is given: requests, and streams that do not outlast it
`contract`      the stores, as the API's OpenAPI document has them
`samples`       payloads, made from that document's schemas
`exploring`     finds out what a store accepts and refuses
`known`         what was found out
`client`        HTTP
`answer`        what was answered, and what was expected
`interruption`  signals that ask to stop
==============  ================================================================
"""
