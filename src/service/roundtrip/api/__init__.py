"""The Lambda edge: HTTP in, HTTP out.

`settings` and `identity` say who may do what, `bodies` and `headers` read a request, `schemas`
checks its actions, `answers` and `problems` write the response, `routes` and `collections` join
them, `openapi` describes them, `application` puts the parts together.
"""
