"""Where streams are kept.

`records` says what is kept, `port` what a storage does, `items` how records become DynamoDB items,
`requests` how they are asked for, all of them pure. `memory` and `dynamodb` are the two adapters.
"""
