"""Both designs on AWS, computed and simulated: rows of figures, no plots.

Rows are ordered by design, then by clients, then by rate. Rates are actions per second of the whole
service, times are in ms, and money is in US dollars of us-east-1 without free tiers. No figure
includes the network between the client and the region. The same seed gives the same numbers.
"""
