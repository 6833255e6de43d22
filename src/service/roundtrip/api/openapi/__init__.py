"""The OpenAPI 3.1 document of an application, loaded on the first request for it.

===============  ==================================================================
`document`       builds the whole document
`paths`          describes the operations of each store and collection
`slice_paths`    describes the operations of slices and their entities
`components`     describes actions, events, answers and problems
`model_schemas`  derives JSON schemas from the models that slices declare
`builders`       builds the small parts: references, objects, headers, operations
===============  ==================================================================

https://spec.openapis.org/oas/v3.1.0
"""
